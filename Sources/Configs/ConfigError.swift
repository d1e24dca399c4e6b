/// Why a configuration cannot be read.
public struct ConfigError: Error, Hashable, CustomStringConvertible {
  /// The file in which the problem lies: the configuration or one of its bases.
  package var path: String
  /// The line of the problem, where it has one; the first is 1.
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
