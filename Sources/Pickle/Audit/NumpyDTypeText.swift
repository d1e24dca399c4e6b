/// What numpy understands by the text of a dtype.
package enum NumpyDTypeText: Equatable, Sendable {
  /// Numbers, text or times of `size` bytes; 0 for text or bytes of any length.
  case values(size: Int)
  /// Raw bytes of a structured dtype.
  case void(size: Int)
  /// References to Python objects; numpy saves an array of them as a pickle.
  case objects

  private static let names: [String: NumpyDTypeText] = [
    "bool": .values(size: 1), "bool_": .values(size: 1), "int8": .values(size: 1),
    "uint8": .values(size: 1), "int16": .values(size: 2), "uint16": .values(size: 2),
    "int32": .values(size: 4), "uint32": .values(size: 4), "int64": .values(size: 8),
    "uint64": .values(size: 8), "float16": .values(size: 2), "float32": .values(size: 4),
    "float64": .values(size: 8), "complex64": .values(size: 8), "complex128": .values(size: 16),
    "int": .values(size: 8), "float": .values(size: 8), "complex": .values(size: 16),
    "double": .values(size: 8), "single": .values(size: 4), "half": .values(size: 2),
    "object": .objects, "object_": .objects, "O": .objects, "O4": .objects, "O8": .objects,
  ]

  /// Bytes of the one-letter codes.
  private static let letters: [Character: Int] = [
    "?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8,
    "p": 8, "P": 8, "n": 8, "N": 8, "e": 2, "f": 4, "d": 8, "g": 16, "F": 8, "D": 16, "G": 32,
    "S": 0, "U": 0, "a": 0, "c": 1, "M": 8, "m": 8,
  ]

  /// The sizes in bytes that numpy has for each kind letter.
  private static let sizes: [Character: Set<Int>] = [
    "b": [1], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "f": [2, 4, 8, 12, 16], "c": [8, 16, 24, 32],
    "M": [8], "m": [8],
  ]

  /// Nil for a text that is not understood here: lists of types, shapes, other modules' names.
  package init?(_ text: String) {
    if let named = Self.names[text] {
      self = named
      return
    }
    var rest = text[...]
    if let order = rest.first, "<>|=".contains(order) { rest = rest.dropFirst() }
    guard let kind = rest.popFirst() else { return nil }
    if kind == "M" || kind == "m", let unit = rest.firstIndex(of: "[") {
      guard rest.last == "]", rest[unit...].dropFirst().dropLast().allSatisfy(Self.isUnit) else {
        return nil
      }
      rest = rest[..<unit]
    }
    guard rest.allSatisfy({ ("0"..."9").contains($0) }), rest.utf8.count <= 9 else { return nil }
    let size = Int(rest)
    switch kind {
    case "O": self = .objects
    case "V": self = .void(size: size ?? 0)
    case "S", "a": self = .values(size: size ?? 0)
    case "U": self = .values(size: 4 * (size ?? 0))
    default:
      if let size {
        guard Self.sizes[kind]?.contains(size) == true else { return nil }
        self = .values(size: size)
      } else {
        guard let size = Self.letters[kind] else { return nil }
        self = .values(size: size)
      }
    }
  }

  private static func isUnit(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "/")
  }
}
