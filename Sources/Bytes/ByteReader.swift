/// Reads a run of bytes from front to back; every read is checked.
package struct ByteReader {
  package let bytes: Bytes
  /// Offset of the next byte to read, in `0...bytes.count`.
  package private(set) var position: Int

  /// Starts at `position`, which must lie in `0...bytes.count`.
  package init(_ bytes: Bytes, at position: Int = 0) throws(OutOfBounds) {
    guard position >= 0, position <= bytes.count else {
      throw OutOfBounds(offset: position, count: 0, available: bytes.count)
    }
    self.bytes = bytes
    self.position = position
  }

  package var remaining: Int { bytes.count - position }

  /// Reads one little-endian integer.
  package mutating func read<T: FixedWidthInteger>(_ type: T.Type) throws(OutOfBounds) -> T {
    let value: T = try bytes.integer(at: position)
    position += MemoryLayout<T>.size
    return value
  }

  /// Reads `count` bytes without copying.
  package mutating func read(count: Int) throws(OutOfBounds) -> Bytes {
    let slice = try bytes.slice(at: position, count: count)
    position += count
    return slice
  }
}
