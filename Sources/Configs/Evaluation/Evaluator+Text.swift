import Glibc
import OrderedCollections

/// Conversion to text and text formatting, as in Python.
extension Evaluator {
  /// `str(value)`; nil for values other than None, bools, numbers and strings.
  static func text(of node: Node) -> String? {
    switch node.content {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .float(let value): value.isInfinite ? (value < 0 ? "-inf" : "inf") : String(value)
    case .string(let text): text
    default: nil
    }
  }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    var buffer = [CChar](repeating: 0, count: 512)
    let count = withVaList([Int32(digits), value]) {
      vsnprintf(&buffer, buffer.count, "%.*f", $0)
    }
    return String(
      decoding: buffer[..<Int(max(count, 0))].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func format(
    _ parts: [Expression.FormatPart], _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    var result = ""
    var isKnown = true
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .value(let expression, let conversion, let specification):
        let value = try evaluate(expression)
        if conversion == nil || conversion == "s",
          let text = Self.formatted(value, specification)
        {
          result += text
        } else {
          isKnown = false
        }
      }
    }
    return isKnown ? try node(.string(result), range) : try opaque(range)
  }

  /// A value in a format specification: empty, a width for integers (`03d`), or decimals for floats (`.2f`). Nil for
  /// any other.
  static func formatted(_ node: Node, _ specification: String) -> String? {
    if specification.isEmpty { return text(of: node) }
    switch node.content {
    case .int(let value):
      guard specification.hasSuffix("d") || specification.utf8.allSatisfy(Tokenizer.isDigit) else {
        return nil
      }
      let digits = specification.hasSuffix("d") ? specification.dropLast() : specification[...]
      guard digits.utf8.allSatisfy(Tokenizer.isDigit), digits.count <= 3 else { return nil }
      let width = Int(digits) ?? 0
      let text = String(value.magnitude)
      let sign = value < 0 ? "-" : ""
      let padding = max(0, width - text.count - sign.count)
      return digits.hasPrefix("0")
        ? sign + String(repeating: "0", count: padding) + text
        : String(repeating: " ", count: padding) + sign + text
    case .float(let value):
      guard specification.hasPrefix("."), specification.hasSuffix("f"),
        let digits = Int(specification.dropFirst().dropLast()), (0...20).contains(digits),
        value.isFinite
      else { return nil }
      return fixed(value, digits)
    default: return nil
    }
  }

  /// `'%s, %d' % values`, with `%s`, `%d`, `%03d` and `%.2f`; opaque with any other conversion.
  func percentFormat(
    _ format: String, _ values: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    var arguments = [values]
    if case .tuple(let elements) = values.content { arguments = elements }
    if values.dictionary != nil { return try opaque(range) }
    var result = ""
    var rest = Substring(format).unicodeScalars
    while let percent = rest.firstIndex(of: "%") {
      result += String(rest[..<percent])
      rest = rest[rest.index(after: percent)...]
      if rest.first == "%" {
        result += "%"
        rest.removeFirst()
        continue
      }
      guard let end = rest.firstIndex(where: \.properties.isAlphabetic), !arguments.isEmpty else {
        return try opaque(range)
      }
      let argument = arguments.removeFirst()
      let specification = String(rest[..<end])
      let text: String? =
        switch rest[end] {
        case "s" where specification.isEmpty: Self.text(of: argument)
        case "d", "i": Self.formatted(argument, specification + "d")
        case "f": Self.formatted(argument, (specification.isEmpty ? ".6" : specification) + "f")
        default: nil
        }
      guard let text else { return try opaque(range) }
      result += text
      rest = rest[rest.index(after: end)...]
    }
    guard arguments.isEmpty else { return try opaque(range) }
    return try node(.string(result + String(rest)), range)
  }

  /// `'{} {1} {name}'.format(…)`; opaque with any other field.
  func braceFormat(
    _ format: String, _ given: CallArguments, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    var result = ""
    var automatic = 0
    var rest = Substring(format).unicodeScalars
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      result += String(rest[..<brace])
      let isOpen = rest[brace] == "{"
      rest = rest[rest.index(after: brace)...]
      if rest.first == (isOpen ? "{" : "}") {
        result += isOpen ? "{" : "}"
        rest.removeFirst()
        continue
      }
      guard isOpen, let end = rest.firstIndex(of: "}") else { return try opaque(range) }
      let field = rest[..<end].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        .map { String($0) }
      let name = field[0]
      let value: Node?
      if name.isEmpty {
        value = given.positional.indices.contains(automatic) ? given.positional[automatic] : nil
        automatic += 1
      } else if let index = Int(name) {
        value = given.positional.indices.contains(index) ? given.positional[index] : nil
      } else {
        value = given[name]
      }
      guard let value, let text = Self.formatted(value, field.count > 1 ? field[1] : "")
      else { return try opaque(range) }
      result += text
      rest = rest[rest.index(after: end)...]
    }
    return try node(.string(result + String(rest)), range)
  }
}
