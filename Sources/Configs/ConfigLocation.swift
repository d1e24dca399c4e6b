/// Where something is written in a configuration.
package struct ConfigLocation: Hashable, Sendable {
  /// The file: the path that the reader was given, or, for a base, the folder of the file that
  /// names it joined with the name.
  package var path: String
  /// The first line is 1.
  package var line: Int
  /// Offsets into the file's UTF-8 bytes.
  package var bytes: Range<Int>

  package init(path: String, line: Int, bytes: Range<Int>) {
    self.path = path
    self.line = line
    self.bytes = bytes
  }
}
