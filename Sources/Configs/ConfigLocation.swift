/// Where something is written in a configuration.
public struct ConfigLocation: Hashable, Sendable {
  /// The file, as the reader was given it, or as the file that names it wrote it beside its folder.
  public var path: String
  /// The first line is 1.
  public var line: Int
  /// Offsets into the file's UTF-8 bytes.
  public var bytes: Range<Int>

  public init(path: String, line: Int, bytes: Range<Int>) {
    self.path = path
    self.line = line
    self.bytes = bytes
  }
}
