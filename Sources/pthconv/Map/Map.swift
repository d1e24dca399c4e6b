import ArgumentParser
import PthConvKit
import PthReports

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

  @OptionGroup var mapping: MappingArguments

  @Flag(help: "Exit with 1 if any key is missing, unexpected or mismatched.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if less than this share of the keys is loaded, such as 0.95.", valueName: "share"
    ))
  var minCoverage: Double?

  @Option(
    help: "Write the completed state dict; the ending names the format.", completion: .file())
  var output: String?

  @OptionGroup var writing: WritingOptions

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let minCoverage, !(0...1).contains(minCoverage) {
      throw ValidationError("--min-coverage takes a share from 0 to 1")
    }
    if file == nil, output != nil {
      throw ValidationError("--output needs a file to load; 'pthconv init' writes a fresh one")
    }
    try target.requireBackbone()
    try writing.check(output, prefix: mapping.toPrefix, hasBackbone: true)
  }

  func run() throws {
    try CommandFailure.reporting {
      guard let file else {
        let graph = try target.request().graph(detection: nil)
        return Terminal.write(
          json ? GraphText.json(graph) : GraphText.table(graph, style: Terminal.style))
      }
      try map(file)
    }
  }

  /// Elements that are looked at for NaN and the like: all norms of any network, and more.
  private static let quickLook = 1_000_000

  private func map(_ file: String) throws {
    let checkpoint = try Checkpoint.open(file, key: mapping.key)
    let (mapping, sourceFlavor) = try self.mapping.mapping(of: checkpoint, to: target)
    let report = mapping.report
    let backbone = try output.map { _ in
      try LoadedBackbone(
        mapping, from: checkpoint.stateDict, seed: self.mapping.initSeed)
    }
    let (written, warnings) = try write(backbone, as: mapping, from: checkpoint)
    if json {
      var writer = JSONWriter()
      MapJSON(report, mapping.target, warnings, sourceFlavor: sourceFlavor).write(to: &writer)
      Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
    } else {
      Terminal.write(
        MapText(
          report, mapping.target, warnings, file: file, style: Terminal.style
        ).text)
    }
    if let written = try written?.get(), !json { Terminal.write("\n" + written.text) }
    let isBelow = minCoverage.map { report.coverage.total.ofKeys < $0 } ?? false
    let isIncomplete = isBelow || (strict && !report.isComplete)
    withExtendedLifetime((checkpoint, mapping, backbone)) {
      Terminal.leave(isIncomplete ? .answerIsNo : .success)
    }
  }

  /// Writes the completed state dict, if that is wanted, and gathers the warnings.
  ///
  /// Whoever writes the weights reads them all, and looks at every value while the disk is busy; a
  /// report alone has to be quick.
  private func write(
    _ backbone: LoadedBackbone?, as mapping: KeyMapping, from checkpoint: Checkpoint
  )
    throws -> (written: Result<WrittenOutput, any Error>?, warnings: [LoadWarning])
  {
    let report = mapping.report
    guard let output, let backbone else {
      let warnings = try mapping.valueWarnings(
        in: checkpoint.stateDict, elementLimit: Self.quickLook)
      return (nil, report.warnings + warnings)
    }
    let (written, warnings) = concurrently(
      {
        Result {
          try writing.write(
            mapping.target, backbone.weights, prefix: report.targetPrefix, to: output,
            input: checkpoint)
        }
      }, { Result { try backbone.valueWarnings() } })
    return (written, try report.warnings + warnings.get())
  }
}
