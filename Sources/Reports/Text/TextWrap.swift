/// Breaks text into lines of a terminal's width.
package enum TextWrap {
  /// Lines of at most `width` columns, the first indented by `indent`, the others by two more.
  ///
  /// A list in braces that is longer than a line is broken after commas; any other word longer than a line gets a
  /// line of its own. Escape sequences count as columns, so styled text breaks a little early.
  package static func lines(_ text: String, width: Int, indent: Int) -> [String] {
    var lines: [String] = []
    var line = String(repeating: " ", count: indent)
    var isEmpty = true
    for word in text.split(separator: " ") {
      let pieces = pieces(of: word, width: width - indent - 2)
      for (index, piece) in pieces.enumerated() {
        let space = isEmpty || index > 0 ? "" : " "
        if !isEmpty, line.count + space.count + piece.count > width {
          lines.append(line)
          line = String(repeating: " ", count: indent + 2)
          isEmpty = true
        }
        line += (isEmpty ? "" : space) + piece
        isEmpty = false
      }
    }
    return isEmpty ? lines : lines + [line]
  }

  /// The word in one piece, or a long list in braces split after each comma.
  private static func pieces(of word: Substring, width: Int) -> [Substring] {
    guard word.count > width, word.contains("{") else { return [word] }
    var pieces: [Substring] = []
    var rest = word
    while let comma = rest.firstIndex(of: ",") {
      let next = rest.index(after: comma)
      pieces.append(rest[..<next])
      rest = rest[next...]
    }
    return pieces + (rest.isEmpty ? [] : [rest])
  }
}
