import ArgumentParser
import OrderedCollections
import PthConvKit
import PthReports

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a checkpoint in another format, type or naming.",
    discussion: """
      Without --backbone all tensors of the state dict are written as they are.
      With it they are first mapped into the backbone, as 'pthconv map' does, and
      what the file lacks is initialised. Optimizer and metadata are left out
      unless --keep-metadata.

      EXAMPLES
        pthconv convert old.pth model.safetensors
        pthconv convert model.safetensors model.pth --dtype float16
        pthconv convert detector.pth backbone.pth \\
          --keep '^backbone\\.' --rename '^backbone\\.='
        pthconv convert res2net50_26w_6s-19041792.pth out.pth \\
          --backbone Res2Net --flavor mmdet
        pthconv convert official.pth mmdet.pth --config faster_rcnn_res2net.py
        pthconv convert large.pth large.safetensors --shard-size 5GB
        pthconv convert model.pth model.onnx --backbone Res2Net --fold
      """)

  @Argument(help: "Checkpoint; - reads standard input.", completion: .file())
  var input: String

  @Argument(help: "The file to write; its ending names the format.", completion: .file())
  var output: String

  @OptionGroup(title: "Writing") var writing: WritingOptions

  @Flag(
    help: """
      Keep what lies beside the state dict: epoch, settings, optimizer; in safetensors as texts.
      """)
  var keepMetadata = false

  @OptionGroup(title: "Mapping") var target: BackboneOptions

  @OptionGroup(title: "Mapping") var mapping: MappingArguments

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try writing.check(
      output, prefix: mapping.toPrefix, hasBackbone: target.isGiven,
      keepsMetadata: keepMetadata)
    if !target.isGiven, target.hasArguments || mapping.needsBackbone {
      throw ValidationError("options about the backbone or its keys need --backbone")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      let checkpoint = try Checkpoint.open(input, key: mapping.key)
      guard !checkpoint.stateDict.tensors.isEmpty else {
        throw InputProblem("\(input): no tensors found")
      }
      let written = try write(checkpoint)
      guard json else { return Terminal.write(written.text) }
      Terminal.writeJSON { written.write(to: &$0, input: input) }
    }
  }

  private func write(_ checkpoint: Checkpoint) throws -> WrittenOutput {
    guard target.isGiven else {
      if let warning = LoadWarning.severalStateDicts(in: checkpoint) {
        Terminal.report("warning: \(warning.text)")
      }
      let parts = checkpoint.stateDict.tensors.filter { $0.value.wholeTensor != nil }
      if let (name, part) = parts.elements.first, let whole = part.wholeTensor {
        Terminal.report(
          "warning: \(name) is part of \(whole), which is written as its parts: "
            + "\(Format.tensors(parts.count)) that stand alone, without that size or class")
      }
      return try writing.write(
        OutputContents(checkpoint.stateDict), to: output, input: checkpoint,
        keepsMetadata: keepMetadata)
    }
    let mapping = try self.mapping.mapping(of: checkpoint, to: target).mapping
    if let problem = mapping.report.refusal { throw InputProblem("\(input): \(problem)") }
    warn(mapping.report)
    let backbone = try LoadedBackbone(
      mapping, from: checkpoint.stateDict, seed: self.mapping.initSeed)
    return try writing.write(
      backbone, to: output, input: checkpoint, keepsMetadata: keepMetadata)
  }

  /// Reports initialised tensors and warnings, so that initial values are not taken for trained ones.
  private func warn(_ report: LoadReport) {
    let initialised = report.missing.count + report.mismatched.count
    if initialised > 0 {
      let all = report.loaded.count + initialised
      Terminal.report(
        "warning: \(Format.grouped(initialised)) of the backbone's \(Format.grouped(all)) tensors "
          + "are not in the file and were initialised; 'pthconv map' tells which")
    }
    for warning in report.warnings { Terminal.report("warning: \(warning.text)") }
  }
}
