import PthBytes

/// The texts in a JSON document, one after another, each with the key that it stands under. Keys that
/// stand twice are seen twice, which a decoder hides.
struct JSONStrings {
  private let bytes: Bytes
  private var position = 0

  private init(_ bytes: Bytes) { self.bytes = bytes }

  /// Calls `body` with every text and the key that it, or the array around it, stands under; nil
  /// without one.
  ///
  /// - Parameter onKey: Called for every key, whatever its value is.
  /// - Returns: false if a text is damaged; nothing behind it can be read.
  static func forEach(
    in bytes: Bytes, onKey: (String) -> Void = { _ in },
    _ body: (_ key: String?, _ value: String) -> Void
  ) -> Bool {
    var reader = JSONStrings(bytes)
    var key: String?
    // The keys of the objects and arrays that are open: an object's texts have keys of their own.
    var open: [String?] = []
    while reader.position < bytes.count {
      let byte = bytes[reader.position]
      reader.position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = reader.text() else { return false }
        if reader.isBeforeColon() {
          key = text
          onKey(text)
        } else {
          body(key ?? open.last.flatMap(\.self), text)
          key = nil
        }
      case UInt8(ascii: "["):
        open.append(key ?? open.last.flatMap(\.self))
        key = nil
      case UInt8(ascii: "{"):
        open.append(nil)
        key = nil
      case UInt8(ascii: "]"), UInt8(ascii: "}"): _ = open.popLast()
      case UInt8(ascii: ","): key = nil
      default: break
      }
    }
    return true
  }

  private mutating func isBeforeColon() -> Bool {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || (9...13).contains(byte) else { break }
      position += 1
    }
    return position < bytes.count && bytes[position] == UInt8(ascii: ":")
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
    UInt8(ascii: "f"): 12,
  ]

  private mutating func text() -> String? {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    func flushed() -> [UInt16] { Array(String(decoding: plain, as: UTF8.self).utf16) }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        return String(decoding: units + flushed(), as: UTF16.self)
      }
      guard byte == UInt8(ascii: "\\") else {
        plain.append(byte)
        continue
      }
      guard position < bytes.count else { return nil }
      let escape = bytes[position]
      position += 1
      guard escape == UInt8(ascii: "u") else {
        plain.append(Self.escapes[escape] ?? escape)
        continue
      }
      guard let digits = try? bytes.slice(at: position, count: 4).text,
        let unit = UInt16(digits, radix: 16)
      else { return nil }
      position += 4
      units += flushed()
      plain = []
      units.append(unit)
    }
    return nil
  }
}
