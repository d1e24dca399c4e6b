/// How the text of a report may look where it goes: its width and whether it may have colours.
package struct TextStyle: Sendable {
  /// Columns of a line.
  package var width = 80
  /// Lines that a screen shows; nil where nothing scrolls away.
  package var height: Int?
  /// Whether escape sequences for colours are understood.
  package var usesColor = false
  /// Whether the text goes to a terminal. Text that goes elsewhere may be searched for whole names.
  package var isTerminal = false

  /// Whether the program prints the text, so that it may name the program's options.
  package var namesOptions = false

  /// 80 columns without colours.
  package static let plain = TextStyle()

  package init(
    width: Int = 80, height: Int? = nil, usesColor: Bool = false, isTerminal: Bool = false,
    namesOptions: Bool = false
  ) {
    self.width = width
    self.height = height
    self.usesColor = usesColor
    self.isTerminal = isTerminal
    self.namesOptions = namesOptions
  }

  /// The parameters of the escape sequence `ESC [ n m` (ECMA-48, SGR).
  package enum Emphasis: String, Sendable {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  package func styled(_ text: String, _ emphasis: Emphasis) -> String {
    usesColor ? "\u{1b}[\(emphasis.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// Advice that names options of the program; nothing in a text that the program does not print.
  package func advice(_ text: String) -> String { namesOptions ? text : "" }

  /// A sentence in lines of at most ``width`` columns, control characters escaped.
  package func wrapped(_ text: String, indent: Int = 2) -> [String] {
    TextWrap.lines(Format.printable(text), width: width, indent: indent)
  }

  /// A sentence in lines that all have one emphasis.
  package func wrapped(_ text: String, _ emphasis: Emphasis) -> [String] {
    wrapped(text, indent: 0).map { styled($0, emphasis) }
  }
}
