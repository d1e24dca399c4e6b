import PthBackbones
import PthInitializers
import PthTensors

/// Options of a mapping. Whatever is left out is found out from the file.
public struct MappingOptions: Sendable {
  /// Applied to the source's keys, one after another, before anything else.
  package var revisions: [KeyRevision]
  /// The prefix of the backbone's keys in the source; nil to find the prefix with most matches,
  /// empty for none. A dot at the end may be left out.
  package var prefix: String?
  /// The prefix that the target's keys get. A dot at the end may be left out.
  package var targetPrefix: String
  /// The implementation whose arithmetic the source was trained with; nil to take the one that
  /// names and shapes show.
  package var sourceFlavor: Flavor?
  /// The file's name or a model-zoo name; it may show what the keys do not.
  package var fileName: String? {
    get { hints.fileName }
    set { hints.fileName = newValue }
  }
  /// The file's metadata, as far as it helps to recognise the network.
  package var hints: FileHints
  /// How missing parameters are initialised; nil for the flavor's own way.
  package var initialization: [InitializationRule]?
  /// Whether parameters that the file has in parts are put together. False for a caller that reads
  /// the file's tensors by the names in the report.
  package var foldsParts = true
  /// The backbones that are known.
  package var registry: BackboneRegistry
  /// The result of ``BackboneRegistry/detectAll(_:hints:)`` for the source with the revisions
  /// applied; nil to compute it.
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

  /// The backbone of a checkpoint that is meant: the one under the given prefix, else the first.
  package func chosen(from detections: [Detection]) -> Detection? {
    guard let prefix else { return detections.first }
    return detections.first { $0.prefix == Self.dotted(prefix) }
  }

  /// A prefix as keys have it: empty, or with a dot at its end.
  static func dotted(_ prefix: String) -> String {
    prefix.isEmpty || prefix.hasSuffix(".") ? prefix : prefix + "."
  }
}
