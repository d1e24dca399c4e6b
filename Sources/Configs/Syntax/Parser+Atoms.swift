extension Parser {
  /// Parses a name, a constant, or an expression in brackets.
  mutating func parseAtom() throws(ConfigError) -> Expression {
    let token = token
    switch token.kind {
    case .name: return try parseName()
    case .number:
      position += 1
      return constant(try number(token), token.range)
    case .string: return try parseStrings()
    case .ellipsis:
      position += 1
      return Expression(kind: .unknown([]), range: token.range)
    case .open: return try parseParentheses()
    case .openSquare: return try parseList()
    case .openBrace: return try parseBraces()
    default: throw unexpected("a value")
    }
  }

  func constant(_ content: Node.Content, _ range: Range<Int>) -> Expression {
    Expression(kind: .constant(Node(content, source, range)), range: range)
  }

  private mutating func parseName() throws(ConfigError) -> Expression {
    let range = token.range
    let word = text(token)
    switch word {
    case "None":
      position += 1
      return constant(.none, range)
    case "True", "False":
      position += 1
      return constant(.bool(word == "True"), range)
    default: return Expression(kind: .name(try name()), range: range)
    }
  }

  private mutating func parseParentheses() throws(ConfigError) -> Expression {
    let start = start
    position += 1
    return try nested { parser throws(ConfigError) in
      if parser.take(.close) {
        return Expression(kind: .tuple([]), range: start..<parser.lastEnd)
      }
      if parser.isWord("yield") {
        let value = try parser.parseExpression()
        try parser.expect(.close, "')'")
        return Expression(kind: .unknown([value]), range: start..<parser.lastEnd)
      }
      let first = try parser.parseElement()
      if parser.isWord("for") || parser.isWord("async") {
        var value = try parser.parseComprehension(.generator, element: first.value)
        try parser.expect(.close, "')'")
        value.range = start..<parser.lastEnd
        return value
      }
      guard parser.kind == .comma else {
        guard !first.isStarred else { throw parser.unexpected("','") }
        try parser.expect(.close, "',' or ')'")
        return first.value
      }
      let elements = try parser.parseElements(after: first, until: .close, "',' or ')'")
      return Expression(kind: .tuple(elements), range: start..<parser.lastEnd)
    }
  }

  private mutating func parseElements(
    after first: Expression.Element, until end: Token.Kind, _ wanted: String
  ) throws(ConfigError) -> [Expression.Element] {
    var elements = [first]
    while take(.comma) {
      guard kind != end else { break }
      elements.append(try parseElement())
    }
    try expect(end, wanted)
    return elements
  }

  private mutating func parseList() throws(ConfigError) -> Expression {
    let start = start
    position += 1
    return try nested { parser throws(ConfigError) in
      if parser.take(.closeSquare) {
        return Expression(kind: .list([]), range: start..<parser.lastEnd)
      }
      let first = try parser.parseElement()
      if parser.isWord("for") || parser.isWord("async") {
        var value = try parser.parseComprehension(.list, element: first.value)
        try parser.expect(.closeSquare, "']'")
        value.range = start..<parser.lastEnd
        return value
      }
      let elements = try parser.parseElements(after: first, until: .closeSquare, "',' or ']'")
      return Expression(kind: .list(elements), range: start..<parser.lastEnd)
    }
  }

  private mutating func parseBraces() throws(ConfigError) -> Expression {
    let start = start
    position += 1
    return try nested { parser throws(ConfigError) in
      if parser.take(.closeBrace) {
        return Expression(kind: .dictionary([]), range: start..<parser.lastEnd)
      }
      if parser.kind != .doubleStar {
        let first = try parser.parseElement()
        if parser.take(.colon) {
          return try parser.parseDictionary(from: start, key: first.value)
        }
        if parser.isWord("for") || parser.isWord("async") {
          var value = try parser.parseComprehension(.set, element: first.value)
          try parser.expect(.closeBrace, "'}'")
          value.range = start..<parser.lastEnd
          return value
        }
        let elements = try parser.parseElements(after: first, until: .closeBrace, "',' or '}'")
        return Expression(kind: .set(elements), range: start..<parser.lastEnd)
      }
      return try parser.parseDictionary(from: start, key: nil)
    }
  }

  /// Parses the rest of a dictionary after its first key and colon; `first` is nil before a `**value`.
  private mutating func parseDictionary(
    from start: Int, key first: Expression?
  ) throws(ConfigError) -> Expression {
    var pairs: [Expression.Pair] = []
    var key = first
    while true {
      let begins = key?.range.lowerBound ?? self.start
      if key == nil {
        guard take(.doubleStar) else { throw unexpected("'**'") }
      }
      let value = try parseExpression()
      if pairs.isEmpty, let key, isWord("for") || isWord("async") {
        var value = try parseComprehension(.dictionary(key: key), element: value)
        try expect(.closeBrace, "'}'")
        value.range = start..<lastEnd
        return value
      }
      pairs.append(Expression.Pair(key: key, value: value, range: begins..<lastEnd))
      guard take(.comma), kind != .closeBrace else { break }
      key = nil
      if kind != .doubleStar {
        key = try parseExpression()
        try expect(.colon, "':'")
      }
    }
    try expect(.closeBrace, "',' or '}'")
    return Expression(kind: .dictionary(pairs), range: start..<lastEnd)
  }

  private func number(_ token: Token) throws(ConfigError) -> Node.Content {
    let word = text(token)
    let digits = word.replacing("_", with: "")
    let radix: (Int, Int)? =
      switch digits.prefix(2).lowercased() {
      case "0x": (16, 2)
      case "0o": (8, 2)
      case "0b": (2, 2)
      default: nil
      }
    if let (radix, count) = radix {
      let rest = digits.dropFirst(count)
      if let value = Int(rest, radix: radix) { return .int(value) }
      if !rest.isEmpty, rest.allSatisfy({ $0.hexDigitValue.map { $0 < radix } ?? false }) {
        return .opaque(word)
      }
    } else if digits.utf8.allSatisfy(Tokenizer.isDigit) {
      let isOctal = digits.utf8.first == 0x30 && digits.utf8.contains { $0 != 0x30 }
      if isOctal {
        throw source.error(
          at: Int(token.start), "Python takes no number that begins with 0: \(word)")
      }
      // An integer beyond 64 bits is valid in Python, but opaque here.
      return Int(digits).map { .int($0) } ?? .opaque(word)
    } else if digits.utf8.allSatisfy({ Tokenizer.isDigit($0) || "eE.+-".utf8.contains($0) }) {
      // `Double` requires digits on both sides of the point.
      var text = digits.hasPrefix(".") ? "0" + digits : digits
      text = text.replacing(".e", with: ".0e").replacing(".E", with: ".0E")
      if text.hasSuffix(".") { text += "0" }
      if let value = Double(text) { return .float(value) }
    } else if digits.hasSuffix("j") || digits.hasSuffix("J") {
      return .opaque(word)
    }
    throw source.error(at: Int(token.start), "'\(word.prefix(40))' is not a number")
  }
}
