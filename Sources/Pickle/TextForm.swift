import PthBytes

/// Decodes a pickle's text on demand.
extension TextForm {
  func decode(_ bytes: Bytes) -> String {
    switch self {
    case .utf8: return bytes.text
    case .binary: return Self.decodeBinary(bytes)
    case .quoted: return Self.decodeBinary(Bytes(Self.unescapeQuoted(bytes)))
    case .rawUnicodeEscape: return Self.unescapeRawUnicode(bytes)
    }
  }

  /// UTF-8 if the bytes are valid UTF-8 (as `torch.load` decodes them), otherwise Latin-1, so that nothing is lost.
  private static func decodeBinary(_ bytes: Bytes) -> String {
    bytes.withUnsafeBytes { buffer in
      String(validating: buffer, as: UTF8.self)
        ?? String(String.UnicodeScalarView(buffer.lazy.map { Unicode.Scalar($0) }))
    }
  }

  /// The bytes of a quoted Python 2 literal, whose quotes are already removed.
  static func unescapeQuoted(_ bytes: Bytes) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "a"): 7,
      UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "v"): 11,
      UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22,
    ]
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\"), index + 1 < bytes.count else {
        result.append(byte)
        index += 1
        continue
      }
      let next = bytes[index + 1]
      let (isHex, isOctal) = (next == UInt8(ascii: "x"), (48...55).contains(next))
      if let plain = simple[next] {
        result.append(plain)
        index += 2
      } else if isHex || isOctal,
        let (value, length) = number(
          bytes, at: index + (isHex ? 2 : 1), digits: isHex ? 2 : 3, radix: isHex ? 16 : 8)
      {
        result.append(UInt8(truncatingIfNeeded: value))
        index += (isHex ? 2 : 1) + length
      } else {
        result.append(byte)
        index += 1
      }
    }
    return result
  }

  /// Latin-1 text with the escapes `\uXXXX` and `\UXXXXXXXX`. A backslash before anything else is a plain character,
  /// and so is the character after it: `\\u0041` is not an escape.
  private static func unescapeRawUnicode(_ bytes: Bytes) -> String {
    var units: [UInt16] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      units.append(UInt16(byte))
      index += 1
      guard byte == UInt8(ascii: "\\"), index < bytes.count else { continue }
      let digits = [UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8][bytes[index]] ?? 0
      if digits > 0,
        let (value, length) = number(bytes, at: index + 1, digits: digits, radix: 16),
        length == digits, value < 0x11_0000
      {
        units.removeLast()
        if let scalar = Unicode.Scalar(value) {
          units += Array(String(scalar).utf16)
        } else {
          units.append(UInt16(truncatingIfNeeded: value))
        }
        index += 1 + digits
      } else {
        units.append(UInt16(bytes[index]))
        index += 1
      }
    }
    return String(decoding: units, as: UTF16.self)
  }

  /// The value of up to `digits` digits from `start`, and their number; nil if there are none.
  private static func number(_ bytes: Bytes, at start: Int, digits: Int, radix: UInt32) -> (
    value: UInt32, length: Int
  )? {
    var value: UInt32 = 0
    var length = 0
    while length < digits, start + length < bytes.count {
      let character = Character(Unicode.Scalar(bytes[start + length]))
      guard let digit = character.hexDigitValue, digit < radix else { break }
      value = value &* radix &+ UInt32(digit)
      length += 1
    }
    return length == 0 ? nil : (value, length)
  }

  /// `0x…` of a little-endian two's-complement integer of any length.
  static func hexadecimal(_ bytes: Bytes) -> String {
    var magnitude = (0..<bytes.count).map { bytes[$0] }
    let isNegative = (magnitude.last ?? 0) >= 0x80
    if isNegative {
      var carry = true
      for index in magnitude.indices {
        magnitude[index] = ~magnitude[index] &+ (carry ? 1 : 0)
        carry = carry && magnitude[index] == 0
      }
    }
    let digits = magnitude.reversed().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    let significant = digits.joined().drop { $0 == "0" }
    return (isNegative ? "-0x" : "0x") + (significant.isEmpty ? "0" : significant)
  }
}
