/// Parses tokens into statements.
///
/// Syntax that configurations do not need is skipped and kept as unknown; invalid syntax is an error. Recursion is
/// bounded by ``ConfigLimits/depth``, and chains of operators are flat.
struct Parser {
  let source: SourceText
  let tokens: [Token]
  var position = 0
  var depth = 0

  init(_ source: SourceText) throws(ConfigError) {
    self.source = source
    tokens = try Tokenizer.tokens(of: source)
  }

  /// Makes a parser for the expression in a field of an f-string.
  init(_ source: SourceText, tokens: [Token], depth: Int) {
    self.source = source
    self.tokens = tokens
    self.depth = depth
  }

  /// Parses all statements of a file.
  static func statements(of source: SourceText) throws(ConfigError) -> [Statement] {
    var parser = try Parser(source)
    var statements: [Statement] = []
    while parser.kind != .end { try parser.parseStatement(into: &statements) }
    return statements
  }

  // MARK: Tokens

  var token: Token { tokens[position] }
  var kind: Token.Kind { tokens[position].kind }
  var next: Token.Kind { position + 1 < tokens.count ? tokens[position + 1].kind : .end }

  /// The end of the token before the current one.
  var lastEnd: Int { position > 0 ? Int(tokens[position - 1].end) : 0 }
  var start: Int { Int(token.start) }

  func text(_ token: Token) -> String {
    String(decoding: source.text[token.range], as: UTF8.self)
  }

  mutating func take(_ wanted: Token.Kind) -> Bool {
    guard kind == wanted else { return false }
    position += 1
    return true
  }

  mutating func expect(_ wanted: Token.Kind, _ what: String) throws(ConfigError) {
    guard take(wanted) else { throw unexpected(what) }
  }

  func isWord(_ word: StaticString) -> Bool {
    let token = token
    guard token.kind == .name, Int(token.end - token.start) == word.utf8CodeUnitCount else {
      return false
    }
    return word.withUTF8Buffer { source.text[token.range].elementsEqual($0) }
  }

  mutating func takeWord(_ word: StaticString) -> Bool {
    guard isWord(word) else { return false }
    position += 1
    return true
  }

  mutating func name() throws(ConfigError) -> String {
    guard kind == .name, !Self.keywords.contains(text(token)) else {
      throw unexpected("a name")
    }
    position += 1
    return text(tokens[position - 1])
  }

  func unexpected(_ wanted: String) -> ConfigError {
    let found: String
    switch kind {
    case .newline: found = "the line ends"
    case .end: found = "the file ends"
    case .indent: found = "the line is indented more than the one above"
    case .dedent: found = "the block ends"
    default:
      let word = text(token)
      found = "there is '\(word.count > 40 ? word.prefix(40) + "…" : word)'"
    }
    return source.error(at: start, "\(wanted) is expected, but \(found)")
  }

  mutating func nested<Result>(
    _ body: (inout Parser) throws(ConfigError) -> Result
  ) throws(ConfigError) -> Result {
    guard depth < ConfigLimits.depth else {
      throw source.error(at: start, "something is nested more than \(ConfigLimits.depth) deep")
    }
    depth += 1
    let result = try body(&self)
    depth -= 1
    return result
  }

  static let keywords: Set<String> = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "None",
    "True", "False",
  ]
}
