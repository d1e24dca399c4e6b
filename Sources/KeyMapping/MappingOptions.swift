import PthBackbones
import PthInitializers
import PthTensors

/// Options of a mapping; options that are left out are determined from the file.
public struct MappingOptions: Sendable {
  /// Revisions of the source's keys, applied one after another before all other steps.
  package var revisions: [KeyRevision]
  /// The prefix of the backbone's keys in the source; nil to find the prefix with the most matches,
  /// empty for none. A dot at the end may be left out.
  package var prefix: String?
  /// The prefix that is added to the target's keys. A dot at the end may be left out.
  package var targetPrefix: String
  /// The implementation whose arithmetic the source was trained with; nil to take the one that
  /// names and shapes show.
  package var sourceFlavor: Flavor?
  /// The file's name or a model-zoo name, which may show arguments that the keys do not.
  package var fileName: String? {
    get { hints.fileName }
    set { hints.fileName = newValue }
  }
  /// The parts of the file's metadata that help to recognise the network.
  package var hints: FileHints
  /// How missing parameters are initialised; nil for the flavor's `init_weights`.
  package var initialization: [InitializationRule]?
  /// Whether parameters that the file has in parts are folded. False for a caller that reads the file's tensors
  /// by the names in the report.
  package var foldsParts = true
  /// The registry of known backbones.
  package var registry: BackboneRegistry
  /// The result of ``BackboneRegistry/detectAll(_:hints:)`` for the source with the revisions
  /// applied; nil to compute it.
  package var detections: [Detection]?

  /// Creates options; options that are left out are determined from the file.
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

  /// The keys and shapes of a state dict in the form that is compared with a backbone's: parameters folded,
  /// revisions applied, wrapper words removed.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  package func keyShapes(of state: StateDict) throws(KeyMappingError) -> [KeyShape] {
    try SourceNames(of: state, options: self).keyShapes
  }

  /// The detected backbone under the given prefix; without a given prefix the first.
  package func chosen(from detections: [Detection]) -> Detection? {
    guard let prefix else { return detections.first }
    return detections.first { $0.prefix == Self.dotted(prefix) }
  }

  /// The prefix with a dot at its end; an empty prefix stays empty.
  static func dotted(_ prefix: String) -> String {
    prefix.isEmpty || prefix.hasSuffix(".") ? prefix : prefix + "."
  }
}
