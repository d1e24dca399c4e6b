/// A value that Python's `ast.literal_eval` reads, limited to what npy headers contain.
indirect enum PythonLiteral: Equatable {
  case none
  case bool(Bool)
  case int(Int)
  case text(String)
  case tuple([PythonLiteral])
  case list([PythonLiteral])
  /// Entries in the order of the text. A key may occur twice; Python then keeps the last.
  case dict([(key: PythonLiteral, value: PythonLiteral)])

  /// Nil for a text that is not understood in full.
  init?(_ text: String) {
    var parser = PythonLiteralParser(text)
    guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
    self = value
  }

  static func == (first: PythonLiteral, second: PythonLiteral) -> Bool {
    switch (first, second) {
    case (.none, .none): true
    case (.bool(let first), .bool(let second)): first == second
    case (.int(let first), .int(let second)): first == second
    case (.text(let first), .text(let second)): first == second
    case (.tuple(let first), .tuple(let second)), (.list(let first), .list(let second)):
      first == second
    case (.dict(let first), .dict(let second)):
      first.count == second.count
        && zip(first, second).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }
}

private struct PythonLiteralParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private static let maximumDepth = 16

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return position == scalars.count
    }
  }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  /// Skips blanks, line ends and comments.
  private mutating func skipBlanks() {
    while let scalar = next {
      if scalar == "#" {
        while let scalar = next, scalar != "\n", scalar != "\r" { position += 1 }
      } else if " \t\n\r\u{c}".unicodeScalars.contains(scalar) {
        position += 1
      } else {
        return
      }
    }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == scalar else { return false }
    position += 1
    return true
  }

  mutating func value(depth: Int) -> PythonLiteral? {
    guard depth < Self.maximumDepth else { return nil }
    skipBlanks()
    switch next {
    case "(": return sequence(until: ")", depth: depth)
    case "[": return sequence(until: "]", depth: depth)
    case "{": return dictionary(depth: depth)
    case "'", "\"": return string()
    case .some(let scalar) where scalar.properties.isAlphabetic: return word()
    case .some: return integer()
    case nil: return nil
    }
  }

  private mutating func sequence(until end: Unicode.Scalar, depth: Int) -> PythonLiteral? {
    position += 1
    var members: [PythonLiteral] = []
    var hasComma = false
    while !take(end) {
      guard members.isEmpty || hasComma, let member = value(depth: depth + 1) else { return nil }
      members.append(member)
      hasComma = take(",")
    }
    if end == "]" { return .list(members) }
    // Parentheses around a single value without a comma do not make a tuple.
    return members.count == 1 && !hasComma ? members[0] : .tuple(members)
  }

  private mutating func dictionary(depth: Int) -> PythonLiteral? {
    position += 1
    var entries: [(PythonLiteral, PythonLiteral)] = []
    var hasComma = true
    while !take("}") {
      guard hasComma, let key = value(depth: depth + 1), take(":"),
        let value = value(depth: depth + 1)
      else { return nil }
      entries.append((key, value))
      hasComma = take(",")
    }
    return .dict(entries.map { (key: $0.0, value: $0.1) })
  }

  private mutating func word() -> PythonLiteral? {
    let start = position
    while let scalar = next, scalar.properties.isAlphabetic { position += 1 }
    var word = String.UnicodeScalarView()
    word.append(contentsOf: scalars[start..<position])
    switch String(word) {
    case "None": return PythonLiteral.none
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "u", "U": return next == "'" || next == "\"" ? string() : nil
    default: return nil
    }
  }

  /// Digits, and the `L` that Python 2 appends to long integers.
  private mutating func integer() -> PythonLiteral? {
    var digits = ""
    if next == "-" {
      digits = "-"
      position += 1
    }
    while let scalar = next, ("0"..."9").contains(scalar) {
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    if next == "L" { position += 1 }
    return Int(digits).map { .int($0) }
  }

  /// A string in single or double quotes; adjacent strings are joined. Nil for named escapes (`\N{…}`).
  private mutating func string() -> PythonLiteral? {
    var text = ""
    while let quote = next, quote == "'" || quote == "\"" {
      position += 1
      // Triple quotes are not understood.
      if position + 1 < scalars.count, scalars[position] == quote, scalars[position + 1] == quote {
        return nil
      }
      while next != quote {
        guard let scalar = next, scalar != "\n", scalar != "\r" else { return nil }
        position += 1
        if scalar == "\\" {
          guard let escaped = escape() else { return nil }
          text.unicodeScalars.append(escaped)
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
      position += 1
      skipBlanks()
    }
    return .text(text)
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let scalar = next else { return nil }
    position += 1
    switch scalar {
    case "\\", "'", "\"": return scalar
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "x": return digits(count: 2, radix: 16)
    case "u": return digits(count: 4, radix: 16)
    case "U": return digits(count: 8, radix: 16)
    case "0"..."7":
      position -= 1
      var count = 0
      while count < 3, position + count < scalars.count,
        ("0"..."7").contains(scalars[position + count])
      { count += 1 }
      return digits(count: count, radix: 8)
    default: return nil
    }
  }

  private mutating func digits(count: Int, radix: Int) -> Unicode.Scalar? {
    guard position + count <= scalars.count else { return nil }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[position..<position + count])
    position += count
    guard text.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
    return UInt32(String(text), radix: radix).flatMap(Unicode.Scalar.init)
  }
}
