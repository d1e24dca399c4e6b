/// Text as Python sees it: code points, not the graphemes by which Swift's strings compare and search.
///
/// A search in UTF-8 finds the same places as one in code points, since no encoded code point begins inside another.
enum PythonText {
  static func isEqual(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
  }

  static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
    text.utf8.count >= suffix.utf8.count
      && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  static func contains(_ text: String, _ part: String) -> Bool {
    part.isEmpty || split(text, at: part, most: 1).count > 1
  }

  static func replacing(_ text: String, _ part: String, with new: String) -> String {
    split(text, at: part).joined(separator: new)
  }

  /// The parts between all occurrences of a separator that is not empty.
  static func split(_ text: String, at separator: String, most: Int = .max) -> [String] {
    let bytes = Array(text.utf8)
    let wanted = Array(separator.utf8)
    var parts: [String] = []
    var start = 0
    // The lengths of prefixes of the separator that end at each of its bytes: the search never goes back.
    var borders = [Int](repeating: 0, count: wanted.count)
    var length = 0
    for index in wanted.indices.dropFirst() {
      while length > 0, wanted[index] != wanted[length] { length = borders[length - 1] }
      if wanted[index] == wanted[length] { length += 1 }
      borders[index] = length
    }
    length = 0
    for (index, byte) in bytes.enumerated() where parts.count < most {
      while length > 0, byte != wanted[length] { length = borders[length - 1] }
      if byte == wanted[length] { length += 1 }
      guard length == wanted.count else { continue }
      parts.append(String(decoding: bytes[start...index].dropLast(length), as: UTF8.self))
      start = index + 1
      length = 0
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
    return parts
  }

  /// What `str.strip` removes: Python counts four separators among the control characters as spaces, too.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// The text without spaces at its beginning or end.
  static func stripped(_ text: String, left: Bool, right: Bool) -> String {
    var rest = Substring(text).unicodeScalars
    if left { rest = rest.drop(while: isSpace) }
    if right { while rest.last.map(isSpace) == true { rest.removeLast() } }
    return String(rest)
  }
}
