import Glibc
import PthBytes

extension Bytes {
  /// Position of the first occurrence of `pattern`, which must not be empty. O(size).
  func firstPosition(of pattern: [UInt8]) -> Int? {
    withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, buffer.count >= pattern.count else { return nil }
      let last = buffer.count - pattern.count
      var position = 0
      while position <= last,
        let hit = memchr(base + position, Int32(pattern[0]), last + 1 - position)
      {
        position = UnsafeRawPointer(hit) - base
        if memcmp(hit, pattern, pattern.count) == 0 { return position }
        position += 1
      }
      return nil
    }
  }
}
