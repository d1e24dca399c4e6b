/// The value of a backbone's argument: what can stand in a Python configuration file.
package indirect enum ArgumentValue: Sendable, Hashable {
  /// Python's None.
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([ArgumentValue])
  /// Keys in their order.
  case dictionary([DictionaryItem])

  /// A key and a value of a dictionary.
  package struct DictionaryItem: Sendable, Hashable {
    package let key: String
    package let value: ArgumentValue

    package init(_ key: String, _ value: ArgumentValue) {
      self.key = key
      self.value = value
    }
  }
}

extension ArgumentValue: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: ArgumentValue...) { self = .list(elements) }

  package init(_ integers: [Int]) { self = .list(integers.map(ArgumentValue.integer)) }
}

extension ArgumentValue {
  /// The value as a command line takes it: bare words need no quotes, which a shell would want quoted
  /// themselves.
  package var commandLineText: String { description.replacing("'", with: "") }
}

extension ArgumentValue: CustomStringConvertible {
  /// The value as a Python literal.
  package var description: String {
    switch self {
    case .null: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .string(let value): return "'\(value)'"
    case .list(let values): return "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .dictionary(let items):
      return "dict(" + items.map { "\($0.key)=\($0.value)" }.joined(separator: ", ") + ")"
    }
  }
}
