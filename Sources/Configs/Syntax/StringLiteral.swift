/// A string literal: its prefix and the range between its quotes.
struct StringLiteral {
  var isRaw = false
  var isBytes = false
  var isFormat = false
  /// The range between the quotes.
  var body: Range<Int>

  init(_ range: Range<Int>, in text: [UInt8]) {
    var start = range.lowerBound
    while text[start] != 0x22 && text[start] != 0x27 {
      switch text[start] | 0x20 {
      case UInt8(ascii: "r"): isRaw = true
      case UInt8(ascii: "b"): isBytes = true
      case UInt8(ascii: "f"): isFormat = true
      default: break
      }
      start += 1
    }
    let isTriple =
      range.upperBound - start >= 6 && text[start + 1] == text[start]
      && text[start + 2] == text[start]
    let quotes = isTriple ? 3 : 1
    body = start + quotes..<range.upperBound - quotes
  }

  /// The decoded text of a range of the string; nil if an escape is `\N{…}`, whose names are not known here, or not
  /// a Unicode scalar.
  ///
  /// - Throws: ``ConfigError`` if an escape is not complete, which Python refuses.
  func decoded(_ range: Range<Int>, in source: SourceText) throws(ConfigError) -> String? {
    let text = source.text
    let bytes = text[range]
    let isPlain = !bytes.contains { $0 == 0x0D || $0 == UInt8(ascii: "\\") && !isRaw }
    if isPlain { return String(decoding: bytes, as: UTF8.self) }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var position = range.lowerBound
    while position < range.upperBound {
      let byte = text[position]
      if byte == 0x0D {
        result.append(0x0A)
        position += position + 1 < range.upperBound && text[position + 1] == 0x0A ? 2 : 1
      } else if byte == UInt8(ascii: "\\"), !isRaw, position + 1 < range.upperBound {
        let start = position
        switch Self.escape(at: &position, before: range.upperBound, in: text, into: &result) {
        case .decoded: break
        case .unknown: return nil
        case .broken where isBytes: return nil
        case .broken: throw source.error(at: start, "this escape in a string is not complete")
        }
      } else {
        result.append(byte)
        position += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static let simple: [UInt8: UInt8] = [
    UInt8(ascii: "\\"): 0x5C, 0x27: 0x27, 0x22: 0x22, UInt8(ascii: "a"): 0x07,
    UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
    UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "v"): 0x0B,
  ]

  private enum Escape { case decoded, unknown, broken }

  /// Decodes the escape at `position` and moves `position` after it.
  private static func escape(
    at position: inout Int, before end: Int, in text: [UInt8], into result: inout [UInt8]
  ) -> Escape {
    let byte = text[position + 1]
    if let character = simple[byte] {
      result.append(character)
      position += 2
      return .decoded
    }
    switch byte {
    case 0x0A: position += 2
    case 0x0D: position += position + 2 < end && text[position + 2] == 0x0A ? 3 : 2
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      var value: UInt32 = 0
      var length = 1
      while length <= 3, position + length < end,
        (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(text[position + length])
      {
        value = value * 8 + UInt32(text[position + length] - UInt8(ascii: "0"))
        length += 1
      }
      position += length
      return append(value, to: &result)
    case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte == UInt8(ascii: "x") ? 2 : byte == UInt8(ascii: "u") ? 4 : 8
      guard position + 2 + count <= end else { return .broken }
      let digits = String(
        decoding: text[position + 2..<position + 2 + count], as: UTF8.self)
      guard digits.utf8.allSatisfy({ Tokenizer.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }),
        let value = UInt32(digits, radix: 16), value <= 0x10FFFF
      else { return .broken }
      position += 2 + count
      return append(value, to: &result)
    case UInt8(ascii: "N"): return .unknown
    default:
      // Python keeps the backslash of an unknown escape.
      result.append(UInt8(ascii: "\\"))
      position += 1
    }
    return .decoded
  }

  private static func append(_ value: UInt32, to result: inout [UInt8]) -> Escape {
    guard let scalar = UnicodeScalar(value) else { return .unknown }
    result += Array(String(Character(scalar)).utf8)
    return .decoded
  }
}
