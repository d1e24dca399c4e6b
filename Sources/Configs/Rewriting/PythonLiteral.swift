/// A value to be written into a configuration.
package indirect enum PythonLiteral: Sendable {
  /// A number, a text or a list, as Python writes it.
  case text(String)
  /// `dict(key=value, …)`; the keys are names.
  case dictionary([(key: String, value: PythonLiteral)])

  /// The value on one line.
  package var oneLine: String {
    switch self {
    case .text(let text): text
    case .dictionary(let entries):
      "dict(\(entries.map { "\($0.key)=\($0.value.oneLine)" }.joined(separator: ", ")))"
    }
  }

  /// The value as it is laid out in OpenMMLab's configurations.
  ///
  /// - Parameters:
  ///   - column: Where the value begins on its line.
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
