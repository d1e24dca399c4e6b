/// Breaks text into lines of a terminal's width.
package enum TextWrap {
  /// Lines of at most `width` columns, the first indented by `indent`, the others by two more.
  /// Words longer than a line stand alone on theirs. Escape sequences count as columns, so styled
  /// text breaks a little early.
  package static func lines(_ text: String, width: Int, indent: Int) -> [String] {
    var lines: [String] = []
    var line = String(repeating: " ", count: indent)
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: indent + 2)
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return isEmpty ? lines : lines + [line]
  }
}
