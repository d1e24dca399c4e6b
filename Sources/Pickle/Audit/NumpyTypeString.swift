/// The text with which numpy pickles a dtype: a letter and a size, such as `f8` or `U3`.
struct NumpyTypeString {
  enum Kind { case numbers, time, bytes, text, void, objects }

  let kind: Kind
  /// Bytes per item.
  let size: Int

  /// Nil for a text that numpy never writes in a pickle, even if numpy can read it.
  init?(_ text: String) {
    let digits = text.dropFirst()
    guard let letter = text.first, digits.first != "0" || digits == "0", let number = Int(digits),
      digits.allSatisfy({ ("0"..."9").contains($0) }), let known = NumpyDTypeText(text)
    else { return nil }
    switch (letter, known) {
    case ("O", .objects): (kind, size) = (.objects, number)
    case ("V", .void(let size)): (kind, self.size) = (.void, size)
    case ("S", .values(let size)): (kind, self.size) = (.bytes, size)
    case ("U", .values(let size)): (kind, self.size) = (.text, size)
    case ("M", .values(let size)), ("m", .values(let size)): (kind, self.size) = (.time, size)
    case ("b", .values(let size)), ("i", .values(let size)), ("u", .values(let size)),
      ("f", .values(let size)), ("c", .values(let size)):
      (kind, self.size) = (.numbers, size)
    default: return nil
    }
  }

  /// Whether numpy writes this byte order with the dtype.
  func hasOrder(_ order: String) -> Bool {
    switch kind {
    case .bytes, .void, .objects: order == "|"
    case .numbers where size == 1: order == "|"
    case .numbers, .time, .text: order == "<" || order == ">"
    }
  }

  /// The units of `datetime64` and `timedelta64`.
  static let units: Set<String> = [
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic",
  ]
}
