/// A configuration, merged with all of its bases.
package struct Config: Sendable {
  /// All top-level names with their values, including names that only a base defines.
  package var values: ConfigDictionary
  /// The path of the configuration, as it was given.
  package var path: String
  /// The configuration's file and its bases, in the order in which they were read.
  package var files: [String]

  /// The framework that the configuration is for.
  package var origin: Origin

  /// A framework with configurations.
  package enum Origin: String, Sendable, Hashable {
    /// mmengine: mmdetection, mmpretrain, mmsegmentation and other OpenMMLab packages.
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
