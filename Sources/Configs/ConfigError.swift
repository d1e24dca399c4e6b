/// The reason why a configuration cannot be read.
public struct ConfigError: Error, Hashable, CustomStringConvertible {
  /// The file with the problem: the configuration or one of its bases.
  package var path: String
  /// The line of the problem, counted from 1; nil if the problem has none.
  package var line: Int?
  /// The problem, and what to do about it.
  package var reason: String

  package init(path: String, line: Int?, reason: String) {
    self.path = path
    self.line = line
    self.reason = reason
  }

  public var description: String {
    line.map { "\(path):\($0): \(reason)" } ?? "\(path): \(reason)"
  }
}
