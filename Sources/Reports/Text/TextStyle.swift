/// The properties of the output that a text is made for: its width, its height, whether it shows colours.
package struct TextStyle: Sendable {
  /// Columns of a line.
  package var width = 80
  /// The lines of the screen; nil if the output is no screen.
  package var height: Int?
  /// Whether the output understands escape sequences for colours.
  package var usesColor = false
  /// Whether the output is a terminal. Elsewhere names are not shortened, since the text may be searched for them.
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

  /// The text if the program prints the report, else an empty text: only the program has the options that it names.
  package func advice(_ text: String) -> String { namesOptions ? text : "" }

  /// A sentence wrapped into lines of at most ``width`` columns, with control characters escaped.
  package func wrapped(_ text: String, indent: Int = 2) -> [String] {
    TextWrap.lines(Format.printable(text), width: width, indent: indent)
  }

  /// A sentence wrapped into lines that all have the emphasis.
  package func wrapped(_ text: String, _ emphasis: Emphasis) -> [String] {
    wrapped(text, indent: 0).map { styled($0, emphasis) }
  }
}
