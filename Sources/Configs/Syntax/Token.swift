/// A token of a Python file; `start` and `end` are byte offsets in the text.
struct Token {
  enum Kind: UInt8 {
    case name, number, string, newline, indent, dedent, end
    case open, close, openSquare, closeSquare, openBrace, closeBrace
    case comma, colon, semicolon, dot, assign, walrus, arrow, ellipsis, at
    case plus, minus, star, slash, doubleSlash, percent, doubleStar
    case pipe, ampersand, caret, tilde, leftShift, rightShift
    case equal, notEqual, less, lessEqual, greater, greaterEqual
    /// `+=` and other augmented assignments; the text shows which.
    case augmented
  }

  var kind: Kind
  var start: Int32
  var end: Int32

  var range: Range<Int> { Int(start)..<Int(end) }

  /// All operators and delimiters, the longest first.
  static let signs: [(text: String, kind: Kind)] = [
    ("**=", .augmented), ("//=", .augmented), ("<<=", .augmented), (">>=", .augmented),
    ("...", .ellipsis),
    ("+=", .augmented), ("-=", .augmented), ("*=", .augmented), ("/=", .augmented),
    ("%=", .augmented), ("&=", .augmented), ("|=", .augmented), ("^=", .augmented),
    ("@=", .augmented), ("**", .doubleStar), ("//", .doubleSlash), ("<<", .leftShift),
    (">>", .rightShift), ("==", .equal), ("!=", .notEqual), ("<=", .lessEqual),
    (">=", .greaterEqual), (":=", .walrus), ("->", .arrow),
    ("(", .open), (")", .close), ("[", .openSquare), ("]", .closeSquare), ("{", .openBrace),
    ("}", .closeBrace), (",", .comma), (":", .colon), (";", .semicolon), (".", .dot),
    ("=", .assign), ("@", .at), ("+", .plus), ("-", .minus), ("*", .star), ("/", .slash),
    ("%", .percent), ("|", .pipe), ("&", .ampersand), ("^", .caret), ("~", .tilde),
    ("<", .less), (">", .greater),
  ]
}
