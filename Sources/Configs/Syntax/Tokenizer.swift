/// Splits a text into tokens by Python's rules.
struct Tokenizer {
  let source: SourceText
  private let text: [UInt8]
  private var position: Int
  private let limit: Int
  private var tokens: [Token] = []
  private var brackets: [UInt8] = []
  private var indents = [Indentation()]

  /// The width of an indentation. Python counts a tab as up to eight columns and as one, and refuses an indentation
  /// that compares differently both ways.
  private struct Indentation {
    var wide = 0
    var narrow = 0
  }

  /// The operators and delimiters by their first byte.
  private static let signs: [[(text: [UInt8], kind: Token.Kind)]] = {
    var table = [[(text: [UInt8], kind: Token.Kind)]](repeating: [], count: 128)
    for (text, kind) in Token.signs {
      table[Int(text.utf8.first!)].append((Array(text.utf8), kind))
    }
    return table
  }()

  private init(_ source: SourceText, _ range: Range<Int>) {
    self.source = source
    text = source.text
    position = range.lowerBound
    limit = range.upperBound
    tokens.reserveCapacity(range.count / 4)
  }

  static func tokens(of source: SourceText) throws(ConfigError) -> [Token] {
    try tokens(of: source, in: 0..<source.text.count)
  }

  /// The tokens of a range of the text: an expression in an f-string.
  static func tokens(
    of source: SourceText, in range: Range<Int>
  ) throws(ConfigError) -> [Token] {
    var tokenizer = Tokenizer(source, range)
    try tokenizer.run()
    return tokenizer.tokens
  }

  private mutating func run() throws(ConfigError) {
    var isLineStart = true
    while true {
      if isLineStart && brackets.isEmpty {
        try beginLine()
        isLineStart = false
      }
      guard position < limit else { break }
      let byte = text[position]
      switch byte {
      case 0x20, 0x09, 0x0C: position += 1
      case UInt8(ascii: "#"): skipComment()
      case 0x0A, 0x0D:
        if brackets.isEmpty {
          add(.newline, from: position, to: position)
          isLineStart = true
        }
        skipNewline()
      case UInt8(ascii: "\\"):
        let start = position
        position += 1
        guard position < limit, text[position] == 0x0A || text[position] == 0x0D else {
          throw source.error(at: start, "a backslash may only end a line here")
        }
        skipNewline()
      default: try token(byte)
      }
      guard tokens.count <= ConfigLimits.tokens else {
        throw source.error(at: position, "the file has too many words for a configuration")
      }
    }
    if let bracket = brackets.last {
      throw source.error(
        at: limit, "the bracket '\(Character(UnicodeScalar(bracket)))' is never closed")
    }
    if let last = tokens.last, last.kind != .newline, last.kind != .dedent {
      add(.newline, from: limit, to: limit)
    }
    for _ in indents.dropFirst() { add(.dedent, from: limit, to: limit) }
    add(.end, from: limit, to: limit)
  }

  /// Reads the indentation of the next line that is neither empty nor a comment.
  private mutating func beginLine() throws(ConfigError) {
    while position < limit {
      let start = position
      var width = Indentation()
      scan: while position < limit {
        switch text[position] {
        case 0x20:
          width.wide += 1
          width.narrow += 1
        case 0x09:
          width.wide = (width.wide / 8 + 1) * 8
          width.narrow += 1
        case 0x0C: width = Indentation()
        default: break scan
        }
        position += 1
      }
      guard position < limit else { return }
      switch text[position] {
      case UInt8(ascii: "#"):
        skipComment()
        if position < limit { skipNewline() }
        continue
      case 0x0A, 0x0D:
        skipNewline()
        continue
      default: break
      }
      if width.wide > indents.last!.wide {
        guard width.narrow > indents.last!.narrow else { throw mixedTabs() }
        guard indents.count < ConfigLimits.brackets else {
          throw source.error(at: position, "blocks are nested more than 100 deep")
        }
        indents.append(width)
        add(.indent, from: start, to: position)
        return
      }
      while width.wide < indents.last!.wide {
        indents.removeLast()
        add(.dedent, from: position, to: position)
      }
      guard width.wide == indents.last!.wide else {
        throw source.error(at: position, "the indentation fits no line above")
      }
      guard width.narrow == indents.last!.narrow else { throw mixedTabs() }
      return
    }
  }

  private func mixedTabs() -> ConfigError {
    source.error(
      at: position, "the indentation mixes tabs and spaces unlike the line above; use spaces only")
  }

  private mutating func token(_ byte: UInt8) throws(ConfigError) {
    let start = position
    if Self.isNameStart(byte) {
      while position < limit, Self.isNamePart(text[position]) { position += 1 }
      let isPrefix =
        position - start <= 2
        && text[start..<position].allSatisfy { "rbufRBUF".utf8.contains($0) }
      if isPrefix, position < limit, Self.isQuote(text[position]) {
        try string(from: start)
      } else {
        add(.name, from: start, to: position)
      }
    } else if Self.isQuote(byte) {
      try string(from: start)
    } else if Self.isDigit(byte)
      || byte == UInt8(ascii: ".") && start + 1 < limit && Self.isDigit(text[start + 1])
    {
      number()
      add(.number, from: start, to: position)
    } else {
      try sign(byte)
    }
  }

  private mutating func sign(_ byte: UInt8) throws(ConfigError) {
    let known = byte < 128 ? Self.signs[Int(byte)] : []
    guard let sign = known.first(where: { text[position...].starts(with: $0.text) }) else {
      throw source.error(
        at: position, "unexpected character '\(Character(UnicodeScalar(byte)))'")
    }
    switch sign.kind {
    case .open, .openSquare, .openBrace:
      guard brackets.count < ConfigLimits.brackets else {
        throw source.error(at: position, "brackets are nested more than 100 deep")
      }
      brackets.append(byte)
    case .close, .closeSquare, .closeBrace:
      guard let open = brackets.popLast() else {
        throw source.error(
          at: position, "the bracket '\(Character(UnicodeScalar(byte)))' was never opened")
      }
      // In ASCII, ')' is '(' + 1, ']' is '[' + 2 and '}' is '{' + 2.
      guard byte == open + (open == 0x28 ? 1 : 2) else {
        throw source.error(
          at: position,
          "the bracket '\(Character(UnicodeScalar(open)))' is closed by "
            + "'\(Character(UnicodeScalar(byte)))'")
      }
    default: break
    }
    let start = position
    position += sign.text.count
    add(sign.kind, from: start, to: position)
  }

  private mutating func number() {
    let isBased =
      text[position] == UInt8(ascii: "0") && position + 1 < limit
      && "xXoObB".utf8.contains(text[position + 1])
    while position < limit {
      let byte = text[position]
      let isExponent = !isBased && (byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E"))
      if isExponent, position + 2 < limit,
        text[position + 1] == UInt8(ascii: "+") || text[position + 1] == UInt8(ascii: "-"),
        Self.isDigit(text[position + 2])
      {
        position += 2
      } else if !(Self.isNamePart(byte) || byte == UInt8(ascii: ".") && !isBased) {
        return
      }
      position += 1
    }
  }

  private mutating func string(from start: Int) throws(ConfigError) {
    let quote = text[position]
    let isTriple =
      position + 2 < limit && text[position + 1] == quote && text[position + 2] == quote
    position += isTriple ? 3 : 1
    while position < limit {
      let byte = text[position]
      if byte == UInt8(ascii: "\\") {
        position += 1
        // A backslash before CR LF escapes both bytes.
        if position < limit {
          if text[position] == 0x0D { skipNewline() } else { position += 1 }
        }
      } else if byte == quote {
        if !isTriple {
          position += 1
          return add(.string, from: start, to: position)
        }
        if position + 2 < limit, text[position + 1] == quote, text[position + 2] == quote {
          position += 3
          return add(.string, from: start, to: position)
        }
        position += 1
      } else if !isTriple && (byte == 0x0A || byte == 0x0D) {
        break
      } else {
        position += 1
      }
    }
    throw source.error(at: start, "the string that begins here is never closed")
  }

  private mutating func skipComment() {
    while position < limit, text[position] != 0x0A, text[position] != 0x0D { position += 1 }
  }

  private mutating func skipNewline() {
    let isPair =
      text[position] == 0x0D && position + 1 < limit && text[position + 1] == 0x0A
    position += isPair ? 2 : 1
  }

  private mutating func add(_ kind: Token.Kind, from start: Int, to end: Int) {
    tokens.append(Token(kind: kind, start: Int32(start), end: Int32(end)))
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 }
  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  static func isNameStart(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
  }

  static func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
}
