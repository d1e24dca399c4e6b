import ArgumentParser
import PthConvKit

struct Map: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Tell which parameters of a backbone a checkpoint fills, and which it does not.",
    discussion: """
      Keys are matched by name, by the prefix behind which most match, by other
      implementations' names, and for files whose names are gone by the order of
      shapes. What is left out of the backbone's arguments is detected from the
      file. Without FILE: the backbone's parameters.

      EXAMPLES
        pthconv map res2net50_26w_6s-19041792.pth --backbone Res2Net
        pthconv map detector.pth --backbone Res2Net --flavor mmdet --frozen-stages 1
        pthconv map model.pth --backbone resnet50 --strict && python train.py
        pthconv map old.pth --backbone ResNet --revise-key '^encoder\\.='
        pthconv map file.pth --backbone Res2Net --output complete.safetensors
        pthconv map --backbone res2net101_v1b_26w_4s
      """)

  @Argument(help: "Checkpoint; - reads standard input.", completion: .file())
  var file: String?

  @OptionGroup var target: BackboneOptions

  @Option(
    help: ArgumentHelp(
      "The implementation whose arithmetic the file was trained with (default: detected).",
      valueName: "name"))
  var sourceFlavor: String?

  @Option(help: "Dotted path of the state dict in the checkpoint (default: the likeliest).")
  var key: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Rename the file's keys first, as mmengine's revise_keys.", valueName: "regex=replacement"))
  var reviseKey: [String] = []

  @Option(help: "What stands before the backbone's keys in the file (default: found).")
  var prefix: String?

  @Option(help: "What to put before the target's keys.")
  var toPrefix: String?

  @Flag(help: "Exit with 1 if any key is missing, unexpected or mismatched.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if less than this share of the keys is loaded, such as 0.95.", valueName: "share"
    ))
  var minCoverage: Double?

  @Option(help: ArgumentHelp("Seed of the values that the file does not give.", valueName: "seed"))
  var initSeed = 0

  @Option(
    help: "Write the completed weights: .safetensors, or .onnx with the network.",
    completion: .file())
  var output: String?

  @Flag(help: "ONNX: make batch norms part of the convolutions before them.")
  var fold = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let minCoverage, !(0...1).contains(minCoverage) {
      throw ValidationError("--min-coverage takes a share from 0 to 1")
    }
    if file == nil, output != nil {
      throw ValidationError("--output needs a file to load; 'pthconv init' writes a fresh one")
    }
    try WeightsOutput.check(output, prefix: toPrefix, fold: fold)
  }

  func run() throws {
    try CommandFailure.reporting {
      guard let file else {
        let graph = try target.request().graph(detection: nil)
        return Terminal.write(json ? GraphText.json(graph) : GraphText.table(graph))
      }
      try map(file)
    }
  }

  /// Elements that are looked at for NaN and the like: all norms of any network, and more.
  private static let quickLook = 1_000_000

  private func map(_ file: String) throws {
    let checkpoint = try Checkpoint.open(file, key: key)
    var options = try mappingOptions(file)
    let detections = options.registry.detectAll(
      checkpoint.stateDict.keyShapes, fileName: options.fileName)
    options.detections = detections
    let graph = try target.request().graph(detection: detections.first)
    let mapping = try KeyMapping(of: checkpoint.stateDict, to: graph, options: options)
    let report = mapping.report
    let backbone = try output.map { _ in
      try LoadedBackbone(mapping, from: checkpoint.stateDict, seed: initSeed)
    }
    // Whoever writes the weights reads them all; a report alone has to be quick.
    let warnings =
      try report.warnings
      + (backbone?.valueWarnings()
        ?? mapping.valueWarnings(in: checkpoint.stateDict, elementLimit: Self.quickLook))
    if json {
      var writer = JSONWriter()
      MapJSON(report, graph, warnings, sourceFlavor: options.sourceFlavor).write(to: &writer)
      Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
    } else {
      Terminal.write(MapText(report, graph, warnings, file: file).text)
    }
    if let output, let backbone {
      try WeightsOutput.write(
        graph, backbone.weights, prefix: report.targetPrefix, fold: fold, to: output,
        inputs: [file], quiet: json)
    }
    let isBelow = minCoverage.map { report.coverage.total.ofKeys < $0 } ?? false
    let isIncomplete = isBelow || (strict && !report.isComplete)
    withExtendedLifetime((checkpoint, detections, graph, mapping, backbone)) {
      Terminal.leave(isIncomplete ? .answerIsNo : .success)
    }
  }

  private func mappingOptions(_ file: String) throws -> MappingOptions {
    MappingOptions(
      revisions: try reviseKey.map { try KeyRevision(parsing: $0) }, prefix: prefix,
      targetPrefix: toPrefix ?? "", sourceFlavor: sourceFlavor.map { Flavor(rawValue: $0) },
      fileName: file.split(separator: "/").last.map(String.init))
  }
}
