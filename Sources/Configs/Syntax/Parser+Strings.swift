extension Parser {
  /// Parses a string, or adjacent strings, which Python joins.
  mutating func parseStrings() throws(ConfigError) -> Expression {
    let start = start
    var parts: [Expression.FormatPart] = []
    var text = ""
    var isFormat = false
    var isKnown = true
    while kind == .string {
      let literal = StringLiteral(token.range, in: source.text)
      isKnown = isKnown && !literal.isBytes
      if literal.isFormat {
        isFormat = true
        if !text.isEmpty { parts.append(.text(text)) }
        text = ""
        parts += try formatParts(literal)
      } else if let value = literal.value(in: source.text) {
        text += value
      } else {
        isKnown = false
      }
      position += 1
    }
    let range = start..<lastEnd
    guard isKnown else { return Expression(kind: .unknown, range: range) }
    guard isFormat else { return constant(.string(text), range) }
    if !text.isEmpty { parts.append(.text(text)) }
    return Expression(kind: .format(parts), range: range)
  }

  private func formatParts(
    _ literal: StringLiteral
  ) throws(ConfigError) -> [Expression.FormatPart] {
    let bytes = source.text
    var parts: [Expression.FormatPart] = []
    var position = literal.body.lowerBound
    var textStart = position
    var pending = ""
    func text(upTo end: Int) throws(ConfigError) -> String {
      guard let text = literal.decoded(textStart..<end, in: bytes) else {
        throw source.error(at: textStart, "a character of this formatted string cannot be told")
      }
      return text
    }
    while position < literal.body.upperBound {
      let byte = bytes[position]
      let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
      if byte == UInt8(ascii: "\\"), !literal.isRaw {
        // Skips the escaped character, which may be a backslash or a quote.
        position += 2
        continue
      }
      guard isBrace else {
        position += 1
        continue
      }
      pending += try text(upTo: position)
      if position + 1 < literal.body.upperBound, bytes[position + 1] == byte {
        pending.unicodeScalars.append(UnicodeScalar(byte))
        position += 2
        textStart = position
        continue
      }
      guard byte == UInt8(ascii: "{") else {
        throw source.error(at: position, "a single '}' is not allowed in a formatted string")
      }
      if !pending.isEmpty { parts.append(.text(pending)) }
      pending = ""
      let (part, end) = try replacementField(from: position + 1, to: literal.body.upperBound)
      parts.append(part)
      position = end
      textStart = end
    }
    pending += try text(upTo: literal.body.upperBound)
    if !pending.isEmpty { parts.append(.text(pending)) }
    return parts
  }

  /// Parses the replacement field whose expression begins at `start`, and returns the offset after its closing brace.
  private func replacementField(
    from start: Int, to limit: Int
  ) throws(ConfigError) -> (Expression.FormatPart, end: Int) {
    let bytes = source.text
    var open = 0
    var end = start
    var quote: UInt8?
    scan: while end < limit {
      let byte = bytes[end]
      if let inside = quote {
        if byte == inside { quote = nil }
      } else {
        switch byte {
        case 0x22, 0x27: quote = byte
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
          if open == 0 { break scan }
          open -= 1
        case UInt8(ascii: ":") where open == 0: break scan
        case UInt8(ascii: "!")
        where open == 0 && end + 1 < limit && bytes[end + 1] != UInt8(ascii: "="):
          break scan
        default: break
        }
      }
      end += 1
    }
    let expressionEnd = end
    var conversion: Character?
    if end < limit, bytes[end] == UInt8(ascii: "!"), end + 1 < limit {
      conversion = Character(UnicodeScalar(bytes[end + 1]))
      end += 2
    }
    var specification = ""
    if end < limit, bytes[end] == UInt8(ascii: ":") {
      let first = end + 1
      while end < limit, bytes[end] != UInt8(ascii: "}") { end += 1 }
      specification = String(decoding: bytes[first..<end], as: UTF8.self)
    }
    guard end < limit, bytes[end] == UInt8(ascii: "}") else {
      throw source.error(at: start, "the '{' of this formatted string is never closed")
    }
    // `{x=}` also prints the text of the expression, which is not supported: the field is unknown.
    var last = expressionEnd
    while last > start, bytes[last - 1] == 0x20 { last -= 1 }
    if last > start + 1, bytes[last - 1] == UInt8(ascii: "="),
      !"=!<>".utf8.contains(bytes[last - 2])
    {
      let unknown = Expression(kind: .unknown, range: start..<expressionEnd)
      return (.value(unknown, conversion: nil, specification: ""), end + 1)
    }
    var tokens = try Tokenizer.tokens(of: source, in: start..<expressionEnd)
    tokens.removeAll { $0.kind == .newline || $0.kind == .indent || $0.kind == .dedent }
    var parser = Parser(source, tokens: tokens, depth: depth)
    let value = try parser.nested { parser throws(ConfigError) in
      try parser.parseExpressionList()
    }
    guard parser.kind == .end else { throw parser.unexpected("'}'") }
    return (.value(value, conversion: conversion, specification: specification), end + 1)
  }
}
