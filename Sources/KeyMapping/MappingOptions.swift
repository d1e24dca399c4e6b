import PthBackbones
import PthInitializers

/// What a person says about a mapping; everything left out is found out.
package struct MappingOptions: Sendable {
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
  package var registry: BackboneRegistry
  /// What ``BackboneRegistry/detectAll(_:hints:)`` found in the source, if that was asked
  /// already, with the revisions applied; nil to ask it.
  package var detections: [Detection]?

  package init(
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

  /// Keys under their revised names.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  package func revised(_ keys: [KeyShape]) throws(KeyMappingError) -> [KeyShape] {
    var names = keys.map(\.key)
    for revision in revisions { names = try revision.apply(to: names) }
    return zip(names, keys).map { KeyShape($0, $1.shape) }
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
