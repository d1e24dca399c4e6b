import CPthFold
import CPthZlib

/// The CRC-32 of zip archives, for bytes that arrive in pieces.
struct CRC32 {
  private(set) var value: UInt32 = 0

  /// Adds bytes. zlib's 4 GB/s would take longer than copying the bytes, so most of them are folded first.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { folded in
      let taken = pthconv_crc32_fold(value, bytes.baseAddress, bytes.count, folded.baseAddress)
      guard taken > 0 else { return }
      value = UInt32(crc32(0xffff_ffff, folded.baseAddress, 16))
      rest = rest.dropFirst(taken)
    }
    while !rest.isEmpty {
      // zlib's count has 32 bits.
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      value = UInt32(
        crc32(
          UInt(value), part.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(part.count)))
      rest = rest.dropFirst(part.count)
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    var checksum = CRC32()
    bytes.withUnsafeBytes { checksum.add($0) }
    return checksum.value
  }
}
