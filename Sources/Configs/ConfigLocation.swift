/// A location in a configuration's file.
package struct ConfigLocation: Hashable, Sendable {
  /// The path of the file: the path given to the reader, or, for a base, its name joined to the folder of the file
  /// that names it.
  package var path: String
  /// The line, counted from 1.
  package var line: Int
  /// The range in the file's UTF-8 bytes.
  package var bytes: Range<Int>

  package init(path: String, line: Int, bytes: Range<Int>) {
    self.path = path
    self.line = line
    self.bytes = bytes
  }
}
