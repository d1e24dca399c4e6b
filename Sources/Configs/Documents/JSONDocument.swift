import OrderedCollections

/// Reads a JSON file by the rules of Python's `json`, with the location of each value.
struct JSONDocument {
  private let evaluator: Evaluator
  private let text: [UInt8]
  private var position = 0

  private var source: SourceText { evaluator.source }

  /// The top-level value of the file.
  static func root(_ evaluator: Evaluator) throws(ConfigError) -> Node {
    // The byte 1 in the text is the mark that ``Template`` puts there; in the file itself it is refused.
    if let control = evaluator.source.file.firstIndex(of: 1) {
      throw evaluator.source.error(at: control, "there is a control character in a text")
    }
    var document = JSONDocument(evaluator)
    let root = try document.value(depth: 0)
    document.skipSpace()
    guard document.position == document.text.count else {
      throw document.error("something stands behind the end of the value")
    }
    return root
  }

  private init(_ evaluator: Evaluator) {
    self.evaluator = evaluator
    text = evaluator.source.text
  }

  private func error(_ reason: String) -> ConfigError {
    source.error(at: position, "is no JSON that can be read: \(reason)")
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard position < text.count, text[position] == byte.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func value(depth: Int) throws(ConfigError) -> Node {
    skipSpace()
    guard depth < ConfigLimits.brackets else {
      throw source.error(
        at: position, "values are nested more than \(ConfigLimits.brackets) deep")
    }
    let start = position
    if take("{") { return try dictionary(start, depth) }
    if take("[") { return try list(start, depth) }
    if take("\"") {
      let content = try string()
      return try evaluator.node(content, start..<position)
    }
    for (word, content) in Self.words where take(word: word) {
      return try evaluator.node(content, start..<position)
    }
    let content = try number()
    return try evaluator.node(content, start..<position)
  }

  private static var words: [(String, Node.Content)] {
    [
      ("null", .none), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .float(.nan)),
      ("Infinity", .float(.infinity)), ("-Infinity", .float(-.infinity)),
    ]
  }

  private mutating func dictionary(_ start: Int, _ depth: Int) throws(ConfigError) -> Node {
    var dictionary = NodeDictionary()
    skipSpace()
    if !take("}") {
      repeat {
        skipSpace()
        let begin = position
        guard take("\"") else { throw error("a key in double quotes is expected") }
        guard case .string(let key) = try string() else {
          throw error("a key is no text that can be read")
        }
        skipSpace()
        guard take(":") else { throw error("':' is expected") }
        let value = try value(depth: depth + 1)
        dictionary.entries[.string(key)] = NodeDictionary.Entry(
          value: value, source: source, range: begin..<position)
        skipSpace()
      } while take(",")
      guard take("}") else { throw error("',' or '}' is expected") }
    }
    return try evaluator.node(.dictionary(dictionary), start..<position)
  }

  private mutating func list(_ start: Int, _ depth: Int) throws(ConfigError) -> Node {
    var elements: [Node] = []
    skipSpace()
    if !take("]") {
      repeat {
        elements.append(try value(depth: depth + 1))
        skipSpace()
      } while take(",")
      guard take("]") else { throw error("',' or ']' is expected") }
    }
    return try evaluator.node(.list(elements), start..<position)
  }

  private mutating func number() throws(ConfigError) -> Node.Content {
    let start = position
    _ = take("-")
    let whole = position
    takeDigits()
    let digits = position - whole
    guard digits > 0, digits == 1 || text[whole] != 0x30 else {
      throw error("a value is expected")
    }
    var isWhole = true
    let point = position
    if take(".") {
      let begin = position
      takeDigits()
      if position > begin { isWhole = false } else { position = point }
    }
    let exponent = position
    if take("e") || take("E") {
      if !take("-") { _ = take("+") }
      let begin = position
      takeDigits()
      if position > begin { isWhole = false } else { position = exponent }
    }
    let word = String(decoding: text[start..<position], as: UTF8.self)
    if isWhole { return Int(word).map { .int($0) } ?? .opaque(word) }
    return .float(Double(word) ?? .infinity)
  }

  private mutating func takeDigits() {
    while position < text.count, (0x30...0x39).contains(text[position]) { position += 1 }
  }

  /// The string after its opening quote; opaque if it has a lone surrogate, which Python accepts.
  private mutating func string() throws(ConfigError) -> Node.Content {
    var units: [UInt8] = []
    var isBroken = false
    while position < text.count {
      let byte = text[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        let result = String(decoding: units, as: UTF8.self)
        return isBroken ? .opaque(result) : .string(result)
      case UInt8(ascii: "\\"): try escape(into: &units, &isBroken)
      case 0x02..<0x20, 0x00: throw error("there is a control character in a text")
      default: units.append(byte)
      }
    }
    throw error("a text does not end")
  }

  private mutating func escape(
    into units: inout [UInt8], _ isBroken: inout Bool
  ) throws(ConfigError) {
    guard position < text.count else { throw error("a text does not end") }
    let byte = text[position]
    position += 1
    let plain: [UInt8: UInt8] = [
      0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D,
      0x74: 0x09,
    ]
    if let unit = plain[byte] { return units.append(unit) }
    guard byte == UInt8(ascii: "u"), var code = hexadecimal() else {
      throw error("unknown escape after a backslash")
    }
    if (0xD800..<0xDC00).contains(code), take(word: "\\u") {
      let before = position
      if let low = hexadecimal(), (0xDC00..<0xE000).contains(low) {
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      } else {
        position = before - 2
      }
    }
    guard let scalar = Unicode.Scalar(code) else {
      isBroken = true
      return
    }
    units += Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() -> UInt32? {
    guard position + 4 <= text.count else { return nil }
    let digits = text[position..<position + 4]
    guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) })
    else { return nil }
    position += 4
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
