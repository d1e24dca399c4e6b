import PthBackbones
import PthInitializers
import PthTensors

/// What a person says about a mapping; everything left out is found out.
public struct MappingOptions: Sendable {
  /// Applied to the source's keys, one after another, before anything else.
  package var revisions: [KeyRevision]
  /// What stands before the backbone's keys in the source; nil to find the prefix with most
  /// matches, empty for none. A dot at the end may be left out.
  package var prefix: String?
  /// What is put before the target's keys. A dot at the end may be left out.
  package var targetPrefix: String
  /// The implementation whose arithmetic the source was trained with; nil for what names and
  /// shapes tell.
  package var sourceFlavor: Flavor?
  /// The file's name, or a model-zoo name, which may settle what the keys do not tell.
  package var fileName: String? {
    get { hints.fileName }
    set { hints.fileName = newValue }
  }
  /// What the file says about itself.
  package var hints: FileHints
  /// How missing parameters are initialised; nil for the flavor's own way.
  package var initialization: [InitializationRule]?
  /// Whether parameters that the file has in parts are put together. False for a caller that reads
  /// the file's tensors by the names in the report.
  package var foldsParts = true
  /// The backbones that are known.
  package var registry: BackboneRegistry
  /// What ``BackboneRegistry/detectAll(_:hints:)`` found in the source, if that was asked
  /// already, with the revisions applied; nil to ask it.
  package var detections: [Detection]?

  /// Options; what is left out is found out from the file.
  public init(
    revisions: [KeyRevision] = [], prefix: String? = nil, targetPrefix: String = "",
    sourceFlavor: Flavor? = nil, fileName: String? = nil,
    initialization: [InitializationRule]? = nil, registry: BackboneRegistry = .standard
  ) {
    self.revisions = revisions
    self.prefix = prefix
    self.targetPrefix = targetPrefix
    self.sourceFlavor = sourceFlavor
    hints = FileHints(fileName: fileName)
    self.initialization = initialization
    self.registry = registry
  }

  /// The keys of a state dict as they are compared with a backbone's: parameters put together from
  /// their parts, revised, without wrappers.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  package func keyShapes(of state: StateDict) throws(KeyMappingError) -> [KeyShape] {
    try SourceNames(of: state, options: self).keyShapes
  }

  /// Of the backbones in a checkpoint the one that is meant: under the prefix that was said, else
  /// the first.
  package func chosen(from detections: [Detection]) -> Detection? {
    guard let prefix else { return detections.first }
    return detections.first { $0.prefix == Self.dotted(prefix) }
  }

  /// A prefix as keys have it: empty, or with a dot at its end.
  static func dotted(_ prefix: String) -> String {
    prefix.isEmpty || prefix.hasSuffix(".") ? prefix : prefix + "."
  }
}
