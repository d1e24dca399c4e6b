import PthBytes

/// The strings of a JSON document in order, each with its key. Repeated keys, which a decoder hides, are all reported.
struct JSONStrings {
  private let bytes: Bytes
  private var position = 0

  private init(_ bytes: Bytes) { self.bytes = bytes }

  /// Calls `body` with every string and its key. Strings in an array have the array's key; nil if there is none.
  ///
  /// - Parameter onKey: Called for every key, whatever the type of its value.
  /// - Returns: false if a string is malformed, which ends the reading.
  static func forEach(
    in bytes: Bytes, onKey: (String) -> Void = { _ in },
    _ body: (_ key: String?, _ value: String) -> Void
  ) -> Bool {
    var reader = JSONStrings(bytes)
    var key: String?
    // The keys of the open objects and arrays; nil for an object, since its members have their own keys.
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
