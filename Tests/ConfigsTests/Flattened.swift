import OrderedCollections
import PthConfigs

/// A configuration in the lines of `Fixtures/generate/configs.py`.
enum Flattened {
  static func lines(of config: Config) -> [String] {
    config.values.entries.flatMap { lines(of: $0.value.value, $0.key) }
  }

  private static func lines(of value: ConfigValue, _ path: String) -> [String] {
    switch value.content {
    case .none: return ["\(path) NoneType None"]
    case .bool(let flag): return ["\(path) bool \(flag ? "True" : "False")"]
    case .int(let number): return ["\(path) int \(number)"]
    case .float(let number): return ["\(path) float \(number)"]
    case .string(let text): return ["\(path) str \(quoted(text))"]
    case .opaque(let text): return ["\(path) opaque \(quoted(text))"]
    case .list(let elements), .tuple(let elements):
      var kind = "list"
      if case .tuple = value.content { kind = "tuple" }
      return ["\(path) \(kind) \(elements.count)"]
        + elements.enumerated().flatMap { lines(of: $1, "\(path)/\($0)") }
    case .dictionary(let dictionary):
      return ["\(path) dict \(dictionary.entries.count)"]
        + dictionary.entries.flatMap { lines(of: $0.value.value, "\(path)/\($0.key)") }
    }
  }

  private static func quoted(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = [
      "\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\u{8}": "\\b",
      "\u{C}": "\\f",
    ]
    let parts = text.unicodeScalars.map { scalar -> String in
      if let escape = escapes[scalar] { return escape }
      if (0x20..<0x7F).contains(scalar.value) { return String(scalar) }
      return UTF16.encode(scalar)!.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
    return "\"\(parts.joined())\""
  }
}
