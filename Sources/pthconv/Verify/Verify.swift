import ArgumentParser
import PthConvKit
import PthReports

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Run a backbone with a checkpoint's weights and tell whether it computes the same.",
    discussion: """
      Compares, stage by stage, what can be compared: with the outputs of the
      original (--reference), with the checkpoint run as the implementation it was
      trained with, and two engines with each other. Exit code 1 if any differs.

      EXAMPLES
        pthconv verify res2net50_26w_6s-19041792.pth --backbone Res2Net
        pthconv verify v1b.pth --backbone Res2Net --flavor mmdet
        pthconv verify model.pth --backbone resnet50 --input x.npy \\
          --reference outputs.npz
        pthconv verify model.pth --backbone Res2Net --input photo.jpg
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

  @Option(help: ArgumentHelp("Seed of the input, without --input.", valueName: "seed"))
  var seed = 0

  @Option(help: ArgumentHelp("Height and width of the input, without --input.", valueName: "h,w"))
  var size = InputSize(argument: "224,224")!

  @Option(help: ArgumentHelp("both, reference or onednn.", valueName: "name"))
  var engine = EngineChoice.both

  @Option(help: ArgumentHelp("Threads of an engine (default: all cores).", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Largest relative L2 error of a stage.", valueName: "error"))
  var tolerance = 1e-4

  @Option(help: "Write the stage outputs in float32 (.npz).", completion: .file())
  var saveOutputs: String?

  @Flag(help: "Replace an output file that is there.")
  var force = false

  @Flag(help: "Print every node, not the stages alone; so does --layers without a list.")
  var everyLayer = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try target.requireBackbone()
    guard saveOutputs.map({ $0.hasSuffix(".npz") }) ?? true else {
      throw ValidationError("--save-outputs writes .npz")
    }
    guard tolerance >= 0 else { throw ValidationError("--tolerance takes a number from 0 on") }
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads takes a number from 1 on") }
    if engine == .onednn, !EngineKind.onednn.isAvailable {
      throw ValidationError("this build has no oneDNN; use --engine reference")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      let checkpoint = try Checkpoint.open(file, key: mapping.key)
      let (mapping, _) = try self.mapping.mapping(of: checkpoint, to: target)
      guard mapping.report.verdict != .nothing else {
        throw InputProblem(
          "\(file): none of its \(checkpoint.stateDict.keys.count) tensors fits "
            + "\(mapping.target.backbone); 'pthconv map' tells why")
      }
      let input = try VerifyInput(
        path: input, seed: seed, size: size.size, for: mapping.target)
      let expected = try reference.map { try ReferenceOutputs($0, of: mapping.target).outputs }
      let run = try VerifyRun(
        checkpoint: checkpoint, mapping: mapping, source: self.mapping.options(for: checkpoint),
        seed: self.mapping.initSeed, input: input, expected: expected, engines: engine.kinds,
        threads: threads, tolerance: tolerance, listsLayers: everyLayer)
      let (report, outputs) = try Progress.showing(
        "running", total: run.nodeCount, countsBytes: false
      ) { bar in
        try run.report(progress: Terminal.showsProgress ? { bar.advance(by: $0) } : nil)
      }
      if let saveOutputs { try save(outputs, to: saveOutputs) }
      if json {
        var writer = JSONWriter()
        VerifyJSON(report).write(to: &writer)
        Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
      } else {
        Terminal.write(VerifyText(report, file: file, style: Terminal.style).text)
      }
      if !report.passes { throw ExitCode.answerIsNo }
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
  /// The arguments with a `--layers` that no list follows spelled out: after `verify` it asks for
  /// every node, while with a list it is the backbone's option, as in `map`.
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

/// What `--engine` takes.
enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
  case both, reference, onednn

  /// The engines to run, the fast one first.
  var kinds: [EngineKind] {
    switch self {
    case .both: [EngineKind.onednn, .reference].filter(\.isAvailable)
    case .reference: [.reference]
    case .onednn: [.onednn]
    }
  }
}
