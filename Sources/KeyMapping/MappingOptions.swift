import Backbones
import Initializers

/// What a person says about a mapping; everything left out is found out.
public struct MappingOptions: Sendable {
  /// Applied to the source's keys, one after another, before anything else.
  public var revisions: [KeyRevision]
  /// What stands before the backbone's keys in the source; nil to find the prefix with most
  /// matches, empty for none. A dot at the end may be left out.
  public var prefix: String?
  /// What is put before the target's keys. A dot at the end may be left out.
  public var targetPrefix: String
  /// The implementation whose arithmetic the source was trained with; nil for what names and
  /// shapes tell.
  public var sourceFlavor: Flavor?
  /// The file's name, or a model-zoo name, which may settle what the keys do not tell.
  public var fileName: String?
  /// How missing parameters are initialised; nil for the flavor's own way.
  public var initialization: [InitializationRule]?
  public var registry: BackboneRegistry
  /// What ``BackboneRegistry/detectAll(_:fileName:)`` found in the source, if that was asked
  /// already; nil to ask it. Ignored when revisions change the names.
  public var detections: [Detection]?

  public init(
    revisions: [KeyRevision] = [], prefix: String? = nil, targetPrefix: String = "",
    sourceFlavor: Flavor? = nil, fileName: String? = nil,
    initialization: [InitializationRule]? = nil, registry: BackboneRegistry = .standard
  ) {
    self.revisions = revisions
    self.prefix = prefix
    self.targetPrefix = targetPrefix
    self.sourceFlavor = sourceFlavor
    self.fileName = fileName
    self.initialization = initialization
    self.registry = registry
  }

  /// A prefix as keys have it: empty, or with a dot at its end.
  static func dotted(_ prefix: String) -> String {
    prefix.isEmpty || prefix.hasSuffix(".") ? prefix : prefix + "."
  }
}
