/// Checks text as Python's UTF-8 decoder with `surrogatepass` does, which every unpickler uses: lone surrogates are
/// allowed.
enum TextValidation {
  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// Whether the `count` bytes at `start` are valid text; `available` bytes may be read. ASCII, of which most names
  /// and keys consist, is checked eight bytes at a time.
  @inline(__always)
  static func isText(_ start: UnsafeRawPointer, count: Int, available: Int) -> Bool {
    if count < 8, available >= 8 {
      let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
      let wanted = (1 as UInt64) << UInt64(8 &* count) &- 1
      if word & wanted & highBits == 0 { return true }
    } else if count >= 8 {
      var high = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      var position = 0
      while position &+ 8 <= count {
        high |= start.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        position &+= 8
      }
      if high & highBits == 0 { return true }
    }
    return isUTF8(UnsafeRawBufferPointer(start: start, count: count))
  }

  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position < bytes.count {
      let lead = bytes[position]
      if lead < 0x80 {
        position += 1
        continue
      }
      guard let (length, second) = form(lead), position + length <= bytes.count,
        second.contains(bytes[position + 1])
      else { return false }
      for index in position + 1..<position + length where bytes[index] & 0xc0 != 0x80 {
        return false
      }
      position += length
    }
    return true
  }

  /// The length of a sequence by its first byte, and the allowed second bytes (Unicode, table 3-7, plus the
  /// surrogates).
  private static func form(_ lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
    switch lead {
    case 0xc2...0xdf: (2, 0x80...0xbf)
    case 0xe0: (3, 0xa0...0xbf)
    case 0xe1...0xef: (3, 0x80...0xbf)
    case 0xf0: (4, 0x90...0xbf)
    case 0xf1...0xf3: (4, 0x80...0xbf)
    case 0xf4: (4, 0x80...0x8f)
    default: nil
    }
  }
}
