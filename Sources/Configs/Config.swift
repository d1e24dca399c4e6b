/// A configuration with all of its bases read and joined.
package struct Config: Sendable {
  /// All top-level names with their values, those of the bases included.
  package var values: ConfigDictionary
  /// The file itself, as it was given.
  package var path: String
  /// The file itself and its bases, in the order in which they were read.
  package var files: [String]

  /// The framework that it belongs to.
  package var origin: Origin

  /// The framework that reads a configuration.
  package enum Origin: String, Sendable, Hashable {
    /// mmengine: mmdetection, mmpretrain, mmsegmentation and their relatives.
    case openMMLab = "openmmlab"
    case detectron2
  }

  package init(
    values: ConfigDictionary, path: String, files: [String], origin: Origin = .openMMLab
  ) {
    self.values = values
    self.path = path
    self.files = files
    self.origin = origin
  }

  package subscript(key: String) -> ConfigValue? {
    values[key]
  }
}
