import ArgumentParser
import PthConvKit
import PthReports

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Run a backbone with a checkpoint's weights and tell whether it computes the same.",
    discussion: """
      Compares, stage by stage, with the outputs of the original (--reference), and
      with the checkpoint run as the implementation it was trained with. With --images
      the file is its own witness: its batch norms recorded what they saw in training.
      Verdicts:
        proven      the original's outputs agree at every stage
        supported   as consistent, and the batch norms see of the images what they
                    recorded; networks with the same keys do not agree better
        consistent  the file's network was recognised wholly, and the target does
                    what it does, under the assumptions that are listed
        unproven    nothing about the file was shown: weights are random, or its
                    network is another one or not known
        failed      what was compared differs
      Exit code 1 for the last two, and below what --require asks for.

      EXAMPLES
        pthconv verify res2net50_26w_6s-19041792.pth --backbone Res2Net
        pthconv verify v1b.pth --backbone Res2Net --flavor mmdet
        pthconv verify model.pth --backbone resnet50 --input x.npy \\
          --reference outputs.npz
        pthconv verify model.pth --backbone Res2Net --input photo.jpg
        pthconv verify model.pth --backbone Res2Net --images photos/
        pthconv verify model.pth --backbone Res2Net --size 800,1344 --json
      """)

  @Argument(help: "Checkpoint; - reads standard input.", completion: .file())
  var file: String

  @OptionGroup var target: BackboneOptions
  @OptionGroup var mapping: MappingArguments

  @Option(
    help: "The original's outputs (.npz, .npy, .pth, .safetensors), by name or by order.",
    completion: .file())
  var reference: String?

  @Option(
    help:
      "What to run on: a tensor (.npy, .npz, .pth, .safetensors), or a PNG or JPEG in its own size.",
    completion: .file())
  var input: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Photographs (PNG, JPEG) of the kind the network was trained with: files, and folders of which \(WitnessImages.most) are taken.",
      valueName: "path"), completion: .file())
  var images: [String] = []

  @Option(help: ArgumentHelp("Seed of the input, without --input.", valueName: "seed"))
  var seed = 0

  @Option(
    help: ArgumentHelp(
      "Height and width of the input, without --input, and of images.", valueName: "h,w"))
  var size = InputSize(argument: "224,224")!

  @Option(help: ArgumentHelp("both, reference or onednn.", valueName: "name"))
  var engine = EngineChoice.both

  @Option(help: ArgumentHelp("Threads of an engine (default: all cores).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Largest relative L2 error of a stage, up to 0.01 (default: 1e-4, more for half precision).",
      valueName: "error"))
  var tolerance: Double?

  @Option(
    help: ArgumentHelp(
      "Exit with 1 below this verdict: proven, supported or consistent.", valueName: "verdict"))
  var require = RequiredVerdict.consistent

  @Option(help: "Write the stage outputs in float32 (.npz).", completion: .file())
  var saveOutputs: String?

  @Flag(help: "Replace an output file that is there.")
  var force = false

  @Flag(help: "Print every node, not the stages alone; so does --layers without a list.")
  var everyLayer = false

  @Option(
    help: "Also write a page with the report and pictures of the outputs.", completion: .file())
  var html: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try target.requireBackbone()
    try PageFile.check(html)
    guard saveOutputs.map({ $0.hasSuffix(".npz") }) ?? true else {
      throw ValidationError("--save-outputs writes .npz")
    }
    guard tolerance.map(VerifyRun.Options.tolerances.contains) ?? true else {
      throw ValidationError(
        "--tolerance takes a number from 0 to 0.01; networks that differ more compute something else"
      )
    }
    guard images.isEmpty || size.size.height == size.size.width else {
      throw ValidationError("images are cut to squares; give --size one number")
    }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads takes a number from 1 to 1024")
    }
    if engine == .onednn, let fault = EngineKind.onednn.fault {
      throw ValidationError("\(fault); or use --engine reference")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      if engine == .both, EngineKind.onednn.isAvailable, let fault = EngineKind.onednn.fault {
        throw InputProblem("\(fault), or use --engine reference")
      }
      let checkpoint = try Checkpoint.open(file, key: mapping.key)
      let (mapping, _) = try self.mapping.mapping(of: checkpoint, to: target)
      if let problem = mapping.report.refusal { throw InputProblem("\(file): \(problem)") }
      let input = try VerifyInput(
        path: input, seed: seed, size: size.size, for: mapping.target)
      let expected = try reference.map { try ReferenceOutputs($0, of: mapping.target).outputs }
      var options = VerifyRun.Options()
      options.expected = expected
      if !images.isEmpty {
        options.images = try ImagePaths(images).read(size: size.size.height)
      }
      options.engines = engine.kinds
      if let threads { options.threads = threads }
      options.tolerance = tolerance
      options.listsLayers = everyLayer
      options.seed = self.mapping.initSeed
      let run = try VerifyRun(
        checkpoint: checkpoint, mapping: mapping, source: self.mapping.options(for: checkpoint),
        input: input, options: options)
      let (report, outputs) = try Progress.showing(
        "running", total: run.nodeCount, countsBytes: false
      ) { bar in
        try run.report(progress: Terminal.showsProgress ? { bar.advance(by: $0) } : nil)
      }
      if let saveOutputs { try save(outputs, to: saveOutputs) }
      if let html {
        // Pictures of the feature maps of a random input would show only noise.
        let maps = self.input == nil ? nil : try FeatureMapImage.all(outputs)
        try PageFile.write(.verify, of: file, to: html) {
          VerifyJSON(report, featureMaps: maps).write(to: &$0)
        }
      }
      if json {
        Terminal.writeJSON { VerifyJSON(report).write(to: &$0) }
      } else {
        Terminal.write(VerifyText(report, file: file, style: Terminal.style).text)
      }
      guard report.verdict.isFavourable else { throw ExitCode.answerIsNo }
      if report.verdict < require.verdict {
        Terminal.report("the verdict is \(report.verdict), and --require asks for \(require)")
        throw ExitCode.answerIsNo
      }
    }
  }

  private func save(_ outputs: StateDict, to path: String) throws {
    let entries = outputs.tensors.map {
      OutputContents.Entry(name: $0.key, tensor: $0.value, dtype: .float32)
    }
    var options = OutputOptions()
    options.replaces = force
    options.inputs = [file, reference, input].compactMap(\.self)
    try OutputWriter(
      OutputContents(entries: entries), as: .npz, to: path, options: options
    ).write()
  }
}

extension Verify {
  /// Replaces a `--layers` without a list by `--every-layer`, which prints every node. With a list, `--layers` is the
  /// backbone's option, as in `map`.
  static func spellingOutLayers(_ arguments: [String]) -> [String] {
    guard arguments.first == configuration.commandName else { return arguments }
    return arguments.enumerated().map { index, argument in
      let next = index + 1 < arguments.count ? arguments[index + 1] : ""
      let isList =
        next.contains(where: \.isNumber) && next.allSatisfy { "0123456789,[]() ".contains($0) }
      return argument == "--layers" && !isList ? "--every-layer" : argument
    }
  }
}

/// The values of `--require`.
enum RequiredVerdict: String, ExpressibleByArgument, CaseIterable {
  case proven, supported, consistent

  var verdict: VerifyVerdict {
    switch self {
    case .proven: .proven
    case .supported: .supported
    case .consistent: .consistent
    }
  }
}

/// The values of `--engine`.
enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
  case both, reference, onednn

  /// The engines to run, the fast one first.
  var kinds: [EngineKind] {
    switch self {
    case .both: [EngineKind.onednn, .reference].filter { $0.fault == nil }
    case .reference: [.reference]
    case .onednn: [.onednn]
    }
  }
}
