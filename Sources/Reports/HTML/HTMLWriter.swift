/// Writes HTML straight into a byte buffer.
///
/// Texts are escaped where they are written, so nothing out of a file can become markup: only names of
/// elements and attributes, which stand in the program, are written as they are.
struct HTMLWriter {
  private(set) var bytes: [UInt8] = []

  /// Attributes in their order; one without a value is left out.
  typealias Attributes = KeyValuePairs<StaticString, String?>

  /// An element with what `body` writes inside.
  mutating func element(
    _ name: StaticString, _ attributes: Attributes = [:], _ body: (inout HTMLWriter) -> Void
  ) {
    open(name, attributes)
    body(&self)
    raw("</")
    raw(name)
    raw(">")
  }

  /// An element with a text inside.
  mutating func element(_ name: StaticString, _ attributes: Attributes, _ text: String) {
    element(name, attributes) { $0.text(text) }
  }

  mutating func element(_ name: StaticString, _ text: String) { element(name, [:], text) }

  /// An element that has nothing inside.
  mutating func empty(_ name: StaticString, _ attributes: Attributes = [:]) {
    open(name, attributes, end: "/>")
  }

  private mutating func open(
    _ name: StaticString, _ attributes: Attributes, end: StaticString = ">"
  ) {
    raw("<")
    raw(name)
    for (name, value) in attributes {
      guard let value else { continue }
      raw(" ")
      raw(name)
      raw("=\"")
      text(value)
      raw("\"")
    }
    raw(end)
  }

  /// Characters that control a terminal or the direction of writing are shown as their numbers, too.
  mutating func text(_ text: String) {
    for byte in Format.printable(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      case UInt8(ascii: "'"): raw("&#39;")
      default: bytes.append(byte)
      }
    }
  }

  /// Markup, a style or a script that stands in the program.
  mutating func raw(_ markup: StaticString) {
    markup.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
}
