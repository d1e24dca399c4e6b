/// The limits of a configuration: far above any real one, but low enough for memory and time.
enum ConfigLimits {
  /// The size of one file in bytes.
  static let fileSize = 8 << 20
  /// The tokens of one file.
  static let tokens = 2_000_000
  /// The nesting of brackets and of blocks; Python itself stops at 200 and 100.
  static let brackets = 100
  /// The nesting of expressions; each bracket can add up to three.
  static let depth = 300
  /// The nesting of evaluated lists and dictionaries.
  static let valueDepth = 200
  /// The dots before the name of a base: more folders than a path can have.
  static let baseDots = 4096
  /// The files of one configuration; a file counts each time it is read.
  static let files = 256
  /// The nesting of bases.
  static let baseDepth = 32
  /// The values of all files together, with intermediate values.
  static let values = 2_000_000
  /// The bytes of all evaluated strings together.
  static let stringBytes = 64 << 20
  /// The steps of the evaluation.
  static let steps = 4_000_000
  /// The bits of a power or shift beyond which an error is thrown; smaller results over 64 bits are opaque.
  static let powerBits = 1 << 14
}
