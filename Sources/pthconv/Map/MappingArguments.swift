import ArgumentParser
import PthConvKit

/// The options for the mapping of keys, shared by `map`, `verify` and `convert`.
struct MappingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The implementation whose arithmetic the file was trained with (default: detected).",
      valueName: "name"), completion: Completions.flavors)
  var sourceFlavor: String?

  @Option(
    help: "Dotted path of the state dict in the checkpoint (default: the likeliest).",
    completion: Completions.stateDicts)
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

  @Option(help: ArgumentHelp("Seed of the values that the file does not give.", valueName: "seed"))
  var initSeed = 0

  /// Whether an option is given that only makes sense with a backbone.
  var needsBackbone: Bool {
    sourceFlavor != nil || !reviseKey.isEmpty || prefix != nil || toPrefix != nil || initSeed != 0
  }

  /// Maps a checkpoint to the requested backbone; arguments that the request leaves open are detected.
  ///
  /// - Throws: `BackboneError` if the request makes no network; `KeyMappingError` if the mapping fails.
  func mapping(of checkpoint: Checkpoint, to target: BackboneOptions) throws -> (
    mapping: KeyMapping, sourceFlavor: Flavor?
  ) {
    let options = try options(for: checkpoint)
    let mapping = try target.request().mapping(of: checkpoint, options: options)
    return (mapping, options.sourceFlavor)
  }

  /// The given options that another command about the same file must repeat.
  var repeatedOptions: [String] {
    reviseKey.flatMap { ["--revise-key", $0] }
      + (sourceFlavor.map { ["--source-flavor", $0] } ?? [])
      + (toPrefix.map { ["--to-prefix", $0] } ?? [])
  }

  /// - Throws: `KeyMappingError` if a revision cannot be parsed.
  func options(for checkpoint: Checkpoint) throws -> MappingOptions {
    MappingOptions(
      revisions: try reviseKey.map { try KeyRevision(parsing: $0) }, prefix: prefix,
      targetPrefix: toPrefix ?? "", sourceFlavor: sourceFlavor.map { Flavor(rawValue: $0) },
      fileName: checkpoint.fileName)
  }
}
