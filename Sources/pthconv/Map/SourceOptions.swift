import ArgumentParser
import PthConvKit

/// The options that say what a checkpoint is and how its keys are found, shared by `map` and
/// `verify`.
struct SourceOptions: ParsableArguments {
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

  @Option(help: ArgumentHelp("Seed of the values that the file does not give.", valueName: "seed"))
  var initSeed = 0

  var flavor: Flavor? { sourceFlavor.map { Flavor(rawValue: $0) } }

  /// Opens a checkpoint and maps it to the backbone, of which everything that is not asked for is
  /// detected.
  ///
  /// - Throws: `CheckpointError`, `BackboneError`, `KeyMappingError`.
  func map(
    _ file: String, to target: BackboneOptions, targetPrefix: String = ""
  ) throws -> (checkpoint: Checkpoint, mapping: KeyMapping) {
    let checkpoint = try Checkpoint.open(file, key: key)
    var options = try options(file, targetPrefix: targetPrefix)
    let detections = options.registry.detectAll(
      checkpoint.stateDict.keyShapes, fileName: options.fileName)
    options.detections = detections
    let graph = try target.request().graph(detection: detections.first)
    return (checkpoint, try KeyMapping(of: checkpoint.stateDict, to: graph, options: options))
  }

  func options(_ file: String, targetPrefix: String = "") throws -> MappingOptions {
    MappingOptions(
      revisions: try reviseKey.map { try KeyRevision(parsing: $0) }, prefix: prefix,
      targetPrefix: targetPrefix, sourceFlavor: flavor,
      fileName: file.split(separator: "/").last.map(String.init))
  }
}
