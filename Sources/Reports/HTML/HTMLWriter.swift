/// Writes HTML straight into a byte buffer.
///
/// Every text is escaped as it is written, so no text from a file can become markup. Only a `StaticString`
/// (element names, attribute names, raw markup) is written as it is.
struct HTMLWriter {
  private(set) var bytes: [UInt8] = []

  /// Attributes in their order; an attribute whose value is nil is left out.
  typealias Attributes = KeyValuePairs<StaticString, String?>

  /// An element whose content `body` writes.
  mutating func element(
    _ name: StaticString, _ attributes: Attributes = [:], _ body: (inout HTMLWriter) -> Void
  ) {
    open(name, attributes)
    body(&self)
    raw("</")
    raw(name)
    raw(">")
  }

  /// An element whose content is a text.
  mutating func element(_ name: StaticString, _ attributes: Attributes, _ text: String) {
    element(name, attributes) { $0.text(text) }
  }

  mutating func element(_ name: StaticString, _ text: String) { element(name, [:], text) }

  /// An element without content.
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

  /// Writes an escaped text; control characters and marks of writing direction become visible escapes.
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

  /// Writes markup, a style sheet or a script that is a constant of the program, without escaping.
  mutating func raw(_ markup: StaticString) {
    markup.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
}
