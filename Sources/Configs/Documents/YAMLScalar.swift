/// Resolves plain (unquoted) and tagged scalars as PyYAML does (YAML 1.1).
enum YAMLScalar {
  /// The value of a plain scalar.
  static func value(_ text: String) -> Node.Content {
    if let word = words[text] { return word.map(Node.Content.bool) ?? .none }
    let bytes = Array(text.utf8)
    guard let first = bytes.first, startsNumber(first) else { return .string(text) }
    if let number = float(bytes) { return .float(number) }
    if let number = integer(bytes) { return number }
    if isDate(bytes) { return .opaque(text) }
    return .string(text)
  }

  /// The value of a tagged scalar; nil if the tag is not known or the text does not fit it.
  static func value(_ text: String, tag: String) -> Node.Content? {
    guard let kind = YAMLTag(tag) else { return nil }
    switch kind {
    case .text: return .string(text)
    case .null: return Node.Content.none
    case .bool:
      return words[text.lowercased()].flatMap { $0 }.map(Node.Content.bool)
    case .integer:
      if case .int(let value)? = integer(Array(text.utf8)) { return .int(value) }
      return nil
    case .float:
      if let value = float(Array(text.utf8)) { return .float(value) }
      if case .int(let value)? = integer(Array(text.utf8)) { return .float(Double(value)) }
      return Double(text).map(Node.Content.float)
    case .list, .tuple, .dictionary: return nil
    }
  }

  /// The words for true and false, and with nil the words for null.
  private static let words: [String: Bool?] = {
    var words: [String: Bool?] = ["": Bool?.none, "~": Bool?.none]
    let pairs: [(String, Bool?)] = [
      ("yes", true), ("true", true), ("on", true), ("no", false), ("false", false),
      ("off", false), ("null", nil),
    ]
    for (word, value) in pairs {
      for spelling in [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] {
        words.updateValue(value, forKey: String(spelling))
      }
    }
    return words
  }()

  private static func startsNumber(_ byte: UInt8) -> Bool {
    isDigit(byte) || [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ".")].contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isDigitOrLine(_ byte: UInt8) -> Bool { isDigit(byte) || byte == 0x5F }

  // MARK: Numbers

  /// A number with a decimal point: YAML 1.1 reads `1e5`, without one, as a string.
  private static func float(_ bytes: [UInt8]) -> Double? {
    var rest = bytes[...]
    let sign = takeSign(&rest)
    let special = String(decoding: rest, as: UTF8.self)
    if [".inf", ".Inf", ".INF"].contains(special) { return sign == true ? -.infinity : .infinity }
    if sign == nil, [".nan", ".NaN", ".NAN"].contains(special) { return .nan }
    let whole = take(&rest, isDigitOrLine)
    if whole.first.map(isDigit) != true, !whole.isEmpty { return nil }
    var minutes: [Double] = []
    if !whole.isEmpty { guard takeSixties(&rest, into: &minutes) else { return nil } }
    guard take(&rest, UInt8(ascii: ".")) else { return nil }
    let fraction = take(&rest, isDigitOrLine)
    if whole.isEmpty, sign != nil || fraction.first.map(isDigit) != true { return nil }
    var exponent: [UInt8] = []
    if minutes.isEmpty, let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      guard let isNegative = takeSign(&rest) else { return nil }
      let digits = take(&rest, isDigit)
      guard !digits.isEmpty else { return nil }
      exponent = [UInt8(ascii: "e"), UInt8(ascii: isNegative ? "-" : "+")] + digits
    }
    guard rest.isEmpty else { return nil }
    let digits =
      (whole.isEmpty ? [0x30] : whole.filter(isDigit)) + [UInt8(ascii: ".")]
      + fraction.filter(isDigit) + [0x30] + exponent
    if minutes.isEmpty {
      return Double(String(decoding: digits, as: UTF8.self)).map { sign == true ? -$0 : $0 }
    }
    let last = minutes.removeLast()
    let part = Double("0." + String(decoding: fraction.filter(isDigit), as: UTF8.self) + "0") ?? 0
    let sum = ([Double(String(decoding: whole.filter(isDigit), as: UTF8.self)) ?? 0] + minutes)
      .reduce(0) { $0 * 60 + $1 }
    return (sum * 60 + last + part) * (sign == true ? -1 : 1)
  }

  /// An integer (decimal, binary, octal, hexadecimal or sexagesimal); opaque if it does not fit into 64 bits.
  private static func integer(_ bytes: [UInt8]) -> Node.Content? {
    var rest = bytes[...]
    let isNegative = takeSign(&rest) == true
    func number(_ digits: some Sequence<UInt8>, radix: Int) -> Node.Content {
      let text = String(decoding: digits.filter { $0 != 0x5F }, as: UTF8.self)
      if let value = Int((isNegative ? "-" : "") + text, radix: radix) { return .int(value) }
      return .opaque(String(decoding: bytes, as: UTF8.self))
    }
    if rest.count > 2, rest.first == 0x30 {
      let digits = rest.dropFirst(2)
      switch rest[rest.startIndex + 1] {
      case UInt8(ascii: "b") where digits.allSatisfy({ [0x30, 0x31, 0x5F].contains($0) }):
        return number(digits, radix: 2)
      case UInt8(ascii: "x")
      where digits.allSatisfy({ isDigitOrLine($0) || (0x61...0x66).contains($0 | 0x20) }):
        return number(digits, radix: 16)
      default: break
      }
    }
    if rest.first == 0x30 {
      let digits = rest.dropFirst()
      if digits.isEmpty { return .int(0) }
      guard digits.allSatisfy({ (0x30...0x37).contains($0) || $0 == 0x5F }) else { return nil }
      return number(digits.contains { $0 != 0x5F } ? digits : [0x30], radix: 8)
    }
    guard let first = rest.first, isDigit(first) else { return nil }
    let digits = take(&rest, isDigitOrLine)
    if rest.isEmpty { return number(digits, radix: 10) }
    var minutes: [Double] = []
    guard first != 0x30, takeSixties(&rest, into: &minutes), rest.isEmpty else { return nil }
    guard case .int(let whole) = number(digits, radix: 10), abs(Double(whole)) < 1e9,
      minutes.count < 4
    else { return .opaque(String(decoding: bytes, as: UTF8.self)) }
    let sum = minutes.reduce(abs(whole)) { $0 * 60 + Int($1) }
    return .int(isNegative ? -sum : sum)
  }

  // MARK: Parts

  private static func take(_ rest: inout ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest.removeFirst()
    return true
  }

  private static func take(
    _ rest: inout ArraySlice<UInt8>, _ isPart: (UInt8) -> Bool
  ) -> [UInt8] {
    let part = rest.prefix(while: isPart)
    rest = rest.dropFirst(part.count)
    return Array(part)
  }

  /// Takes a sign: true for minus, false for plus, nil if there is none.
  private static func takeSign(_ rest: inout ArraySlice<UInt8>) -> Bool? {
    if take(&rest, UInt8(ascii: "-")) { return true }
    return take(&rest, UInt8(ascii: "+")) ? false : nil
  }

  /// Takes the parts of a sexagesimal number (`:59`); false if a part is not a number below 60.
  private static func takeSixties(
    _ rest: inout ArraySlice<UInt8>, into minutes: inout [Double]
  ) -> Bool {
    while take(&rest, UInt8(ascii: ":")) {
      let digits = take(&rest, isDigit)
      guard (1...2).contains(digits.count), digits.count == 1 || digits[0] <= 0x35 else {
        return false
      }
      minutes.append(Double(digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }))
    }
    return true
  }

  /// Whether the scalar is a date (`2026-01-31`) or a date with a time.
  private static func isDate(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    guard take(&rest, isDigit).count == 4, take(&rest, UInt8(ascii: "-")) else { return false }
    let month = take(&rest, isDigit).count
    guard (1...2).contains(month), take(&rest, UInt8(ascii: "-")) else { return false }
    let day = take(&rest, isDigit).count
    guard (1...2).contains(day) else { return false }
    if rest.isEmpty { return month == 2 && day == 2 }
    guard let mark = rest.first, mark | 0x20 == UInt8(ascii: "t") || mark == 0x20 || mark == 0x09
    else { return false }
    return rest.dropFirst().allSatisfy {
      isDigit($0) || " \t:.+-Z".utf8.contains($0)
    } && rest.contains(UInt8(ascii: ":"))
  }
}

/// The tags of YAML and PyYAML that set the type of a value.
enum YAMLTag {
  case text, null, bool, integer, float, list, tuple, dictionary

  init?(_ tag: String) {
    let known: [String: YAMLTag] = [
      "str": .text, "null": .null, "bool": .bool, "int": .integer, "float": .float, "seq": .list,
      "map": .dictionary, "python/str": .text, "python/unicode": .text, "python/none": .null,
      "python/bool": .bool, "python/int": .integer, "python/float": .float, "python/list": .list,
      "python/tuple": .tuple, "python/dict": .dictionary,
    ]
    let prefix = "tag:yaml.org,2002:"
    guard tag.hasPrefix(prefix), let found = known[String(tag.dropFirst(prefix.count))] else {
      return nil
    }
    self = found
  }
}
