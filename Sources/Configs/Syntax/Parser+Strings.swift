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
      } else if let value = try literal.decoded(literal.body, in: source) {
        text += value
      } else {
        isKnown = false
      }
      position += 1
    }
    let range = start..<lastEnd
    guard isKnown else {
      let values = parts.compactMap { part -> Expression? in
        if case .value(let value, _, _) = part { return value }
        return nil
      }
      return Expression(kind: .unknown(values), range: range)
    }
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
    func addText(upTo end: Int) throws(ConfigError) {
      guard textStart < end else { return }
      if let text = try literal.decoded(textStart..<end, in: source) {
        parts.append(.text(text))
      } else {
        let unknown = Expression(kind: .unknown([]), range: textStart..<end)
        parts.append(.value(unknown, conversion: nil, specification: ""))
      }
    }
    while position < literal.body.upperBound {
      let byte = bytes[position]
      let next = position + 1 < literal.body.upperBound ? bytes[position + 1] : nil
      if byte == UInt8(ascii: "\\"), !literal.isRaw, !Self.isBrace(next) {
        // Skips the escaped character, which may be a backslash or a quote, and the braces of `\N{…}`.
        position += 2
        if next == UInt8(ascii: "N"), position < literal.body.upperBound,
          bytes[position] == UInt8(ascii: "{")
        {
          while position < literal.body.upperBound, bytes[position] != UInt8(ascii: "}") {
            position += 1
          }
        }
        if next == UInt8(ascii: "N") { position += 1 }
        continue
      }
      guard Self.isBrace(byte) else {
        position += 1
        continue
      }
      if next == byte {
        // Two braces stand for one, which is the last byte of this text.
        try addText(upTo: position + 1)
        position += 2
        textStart = position
        continue
      }
      guard byte == UInt8(ascii: "{") else {
        throw source.error(at: position, "a single '}' is not allowed in a formatted string")
      }
      try addText(upTo: position)
      let (part, end) = try replacementField(from: position + 1, to: literal.body.upperBound)
      parts.append(part)
      position = end
      textStart = end
    }
    try addText(upTo: literal.body.upperBound)
    return parts
  }

  private static func isBrace(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
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
    // `{x=}` also prints the text of the expression and the value's `repr`, which are not computed here.
    var last = expressionEnd
    while last > start, bytes[last - 1] == 0x20 { last -= 1 }
    let isShown =
      last > start + 1 && bytes[last - 1] == UInt8(ascii: "=")
      && !"=!<>".utf8.contains(bytes[last - 2])
    if isShown { conversion = "r" }
    var tokens = try Tokenizer.tokens(of: source, in: start..<(isShown ? last - 1 : expressionEnd))
    tokens.removeAll { $0.kind == .newline || $0.kind == .indent || $0.kind == .dedent }
    var parser = Parser(source, tokens: tokens, depth: depth)
    let value = try parser.nested { parser throws(ConfigError) in
      try parser.parseExpressionList()
    }
    guard parser.kind == .end else { throw parser.unexpected("'}'") }
    return (.value(value, conversion: conversion, specification: specification), end + 1)
  }
}
