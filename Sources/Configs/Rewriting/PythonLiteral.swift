/// A value that is written into a configuration.
package indirect enum PythonLiteral: Sendable {
  /// A number, a string or a list, in Python's notation.
  case text(String)
  /// `dict(key=value, …)`; the keys must be Python names.
  case dictionary([(key: String, value: PythonLiteral)])

  /// The value on one line.
  package var oneLine: String {
    switch self {
    case .text(let text): text
    case .dictionary(let entries):
      "dict(\(entries.map { "\($0.key)=\($0.value.oneLine)" }.joined(separator: ", ")))"
    }
  }

  /// The value in the layout of OpenMMLab's configurations.
  ///
  /// - Parameters:
  ///   - column: The column where the value begins on its line.
  ///   - indent: The indentation of the line.
  func text(column: Int, indent: Int) -> String {
    let line = oneLine
    guard case .dictionary(let entries) = self, column + line.count > 78 else { return line }
    let inner = indent + 4
    let rows = entries.map { key, value in
      let start = String(repeating: " ", count: inner) + key + "="
      return start + value.text(column: start.count, indent: inner)
    }
    return "dict(\n\(rows.joined(separator: ",\n")))"
  }
}
