/// Reads Python literals as in configuration files: numbers, strings, `True`, `None`, lists, tuples, `{…}` and
/// `dict(…)`.
///
/// On a command line, bare words are strings, so that `GN` needs no quotes, and `1,2,2,2` is a list.
struct LiteralParser {
  private let text: String
  private var rest: Substring

  private static let maximumNesting = 32

  init(_ text: String) {
    self.text = text
    rest = text[...]
  }

  /// The value of the whole text.
  mutating func parse() throws(BackboneError) -> ArgumentValue {
    let first = try value(nesting: 0)
    skipSpace()
    guard rest.first == "," else {
      guard rest.isEmpty else { throw fault("there is more after the value, from '\(rest)'") }
      return first
    }
    var values = [first]
    while take(",") {
      skipSpace()
      if rest.isEmpty { break }
      values.append(try value(nesting: 0))
      skipSpace()
    }
    guard rest.isEmpty else { throw fault("there is more after the list, from '\(rest)'") }
    return .list(values)
  }

  private mutating func value(nesting: Int) throws(BackboneError) -> ArgumentValue {
    guard nesting < Self.maximumNesting else { throw fault("it is nested too deeply") }
    skipSpace()
    guard let first = rest.first else { throw fault("a value is missing") }
    switch first {
    case "[": return .list(try items(until: "]", nesting: nesting))
    case "(": return .list(try items(until: ")", nesting: nesting))
    case "{": return .dictionary(try braces(nesting: nesting))
    case "'", "\"": return .string(try quoted())
    default: return try word(nesting: nesting)
    }
  }

  private mutating func items(
    until end: Character, nesting: Int
  ) throws(BackboneError) -> [ArgumentValue] {
    rest.removeFirst()
    var items: [ArgumentValue] = []
    while !take(end) {
      items.append(try value(nesting: nesting + 1))
      try separator(or: end)
    }
    return items
  }

  private mutating func braces(
    nesting: Int
  ) throws(BackboneError) -> [ArgumentValue.DictionaryItem] {
    rest.removeFirst()
    var items: [ArgumentValue.DictionaryItem] = []
    while !take("}") {
      guard case .string(let key) = try value(nesting: nesting + 1), take(":") else {
        throw fault("a dictionary needs 'key': value")
      }
      items.append(.init(key, try value(nesting: nesting + 1)))
      try separator(or: "}")
    }
    return items
  }

  private mutating func keywords(
    nesting: Int
  ) throws(BackboneError) -> [ArgumentValue.DictionaryItem] {
    var items: [ArgumentValue.DictionaryItem] = []
    while !take(")") {
      skipSpace()
      let key = bareWord()
      guard !key.isEmpty, take("=") else { throw fault("dict(…) needs key=value") }
      items.append(.init(key, try value(nesting: nesting + 1)))
      try separator(or: ")")
    }
    return items
  }

  private mutating func quoted() throws(BackboneError) -> String {
    let quote = rest.removeFirst()
    guard let end = rest.firstIndex(of: quote) else { throw fault("a closing quote is missing") }
    let content = rest[..<end]
    guard !content.contains("\\") else { throw fault("escapes in strings are not understood") }
    rest = rest[rest.index(after: end)...]
    return String(content)
  }

  private mutating func word(nesting: Int) throws(BackboneError) -> ArgumentValue {
    let word = bareWord()
    guard !word.isEmpty else { throw fault("'\(rest.prefix(1))' cannot begin a value") }
    if word == "dict", take("(") { return .dictionary(try keywords(nesting: nesting)) }
    switch word {
    case "True", "true": return .boolean(true)
    case "False", "false": return .boolean(false)
    case "None", "none", "null": return .null
    default: break
    }
    if let integer = Int(word) { return .integer(integer) }
    if let number = Double(word), number.isFinite { return .number(number) }
    return .string(word)
  }

  /// The text up to the next space or syntax character.
  private mutating func bareWord() -> String {
    let word = rest.prefix { !"[](){}'\"=,:".contains($0) && !$0.isWhitespace }
    rest = rest[word.endIndex...]
    return String(word)
  }

  private mutating func skipSpace() { rest = rest.drop(while: \.isWhitespace) }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  /// Reads a comma; the closing character `end` is left for the caller.
  private mutating func separator(or end: Character) throws(BackboneError) {
    if take(",") { return }
    guard rest.first == end else { throw fault("',' or '\(end)' is missing") }
  }

  private func fault(_ reason: String) -> BackboneError {
    .unreadableLiteral(text, reason: reason)
  }
}

extension ArgumentValue {
  /// Reads a Python literal; a bare word is a string, values separated by commas are a list.
  ///
  /// - Throws: ``BackboneError/unreadableLiteral(_:reason:)``.
  package init(parsing text: String) throws(BackboneError) {
    var parser = LiteralParser(text)
    self = try parser.parse()
  }
}

extension BackboneArguments {
  /// Reads `name=value` pairs as they come from a command line.
  ///
  /// - Throws: ``BackboneError/unreadableLiteral(_:reason:)`` and
  ///   ``BackboneError/repeatedArgument(_:)``.
  package init(parsing pairs: [String]) throws(BackboneError) {
    self.init()
    for pair in pairs {
      guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
        throw .unreadableLiteral(pair, reason: "an argument is written name=value")
      }
      let name = String(pair[..<equals])
      guard self[name] == nil else { throw .repeatedArgument(name) }
      self[name] = try ArgumentValue(parsing: String(pair[pair.index(after: equals)...]))
    }
  }
}
