/// Limits of a configuration: far above any real one, and low enough for memory and time.
enum ConfigLimits {
  /// The size of one file.
  static let fileSize = 8 << 20
  /// Words, numbers and signs of one file.
  static let tokens = 2_000_000
  /// Brackets inside each other, and blocks; Python itself stops at 200 and 100.
  static let brackets = 100
  /// Expressions inside each other, of which a bracket makes up to three.
  static let depth = 300
  /// Lists and dictionaries inside each other, however they were made.
  static let valueDepth = 200
  /// Files of one configuration; a file counts each time it is named.
  static let files = 256
  /// Bases of bases.
  static let baseDepth = 32
  /// Values of all files together, intermediate ones included.
  static let values = 2_000_000
  /// Bytes of all strings that are computed.
  static let stringBytes = 64 << 20
  /// Steps of the evaluation.
  static let steps = 4_000_000
  /// Bits of a power that is still computed, or called too large for this program.
  static let powerBits = 1 << 14
}
