/// A configuration with all of its bases read and joined.
public struct Config: Sendable {
  /// All top-level names with their values, those of the bases included.
  public var values: ConfigDictionary
  /// The file itself, as it was given.
  public var path: String
  /// The file itself and its bases, in the order in which they were read.
  public var files: [String]

  /// Whose it is.
  public var origin: Origin

  /// Who reads a configuration.
  public enum Origin: String, Sendable, Hashable {
    /// mmengine: mmdetection, mmpretrain, mmsegmentation and their relatives.
    case openMMLab = "openmmlab"
    case detectron2
  }

  public init(
    values: ConfigDictionary, path: String, files: [String], origin: Origin = .openMMLab
  ) {
    self.values = values
    self.path = path
    self.files = files
    self.origin = origin
  }

  public subscript(key: String) -> ConfigValue? {
    values[key]
  }
}
