/// The value of a backbone's argument: any literal of a Python configuration.
public indirect enum ArgumentValue: Sendable, Hashable {
  /// Python's None.
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([ArgumentValue])
  /// Items in their order in the text.
  case dictionary([DictionaryItem])

  /// A key and a value of a dictionary.
  public struct DictionaryItem: Sendable, Hashable {
    /// The key.
    package let key: String
    /// Its value.
    package let value: ArgumentValue

    /// A key with its value.
    public init(_ key: String, _ value: ArgumentValue) {
      self.key = key
      self.value = value
    }
  }
}

extension ArgumentValue: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: ArgumentValue...) { self = .list(elements) }

  /// A list of integers.
  package init(_ integers: [Int]) { self = .list(integers.map(ArgumentValue.integer)) }
}

extension ArgumentValue {
  /// The value as written on a command line and in messages: a Python literal without quotes, which a shell
  /// would need escaped.
  package var commandLineText: String { description.replacing("'", with: "") }
}

extension ArgumentValue: CustomStringConvertible {
  /// The value as a Python literal.
  public var description: String {
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
