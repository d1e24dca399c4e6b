/// An immutable run of bytes together with whatever keeps them alive.
///
/// A checkpoint is one file mapping; its pickles, strings and storages are all `Bytes` cut out of
/// it. Slicing never copies. Every slice is checked, so code that holds a `Bytes` may read any of
/// `0..<count` and nothing else.
public struct Bytes: @unchecked Sendable {
  /// Address of the first byte. Not aligned to anything in particular.
  public let baseAddress: UnsafeRawPointer
  /// Number of bytes.
  public let count: Int
  /// Keeps the memory behind `baseAddress` valid.
  @usableFromInline let owner: AnyObject?

  /// Wraps memory that stays valid and unchanged for as long as `owner` lives.
  @inlinable
  public init(baseAddress: UnsafeRawPointer, count: Int, owner: AnyObject?) {
    self.baseAddress = baseAddress
    self.count = count
    self.owner = owner
  }

  /// Copies `elements` into memory of its own.
  public init(_ elements: some Collection<UInt8>) {
    let buffer = OwnedBuffer(count: elements.count)
    buffer.memory.copyBytes(from: elements)
    self.init(buffer)
  }

  /// Wraps a buffer that was filled by its owner and is not written any more.
  package init(_ buffer: OwnedBuffer) {
    self.init(
      baseAddress: UnsafeRawPointer(buffer.memory.baseAddress!), count: buffer.memory.count,
      owner: buffer)
  }

  /// No bytes at all.
  public static let empty = Bytes(OwnedBuffer(count: 0))

  @inlinable
  public var isEmpty: Bool { count == 0 }

  /// The bytes as a buffer, for as long as `body` runs.
  @inlinable
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: baseAddress, count: count))
  }

  /// The byte at `index`, which must lie in `0..<count`.
  @inlinable
  public subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count, "index \(index) is outside of \(count) bytes")
    return baseAddress.load(fromByteOffset: index, as: UInt8.self)
  }

  /// The `length` bytes from `offset` on, sharing memory.
  ///
  /// - Throws: ``OutOfBounds`` unless they all lie inside.
  @inlinable
  public func slice(at offset: Int, count length: Int) throws(OutOfBounds) -> Bytes {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
      throw OutOfBounds(offset: offset, count: length, available: count)
    }
    return Bytes(baseAddress: baseAddress + offset, count: length, owner: owner)
  }

  /// Everything from `offset` on, sharing memory.
  public func suffix(from offset: Int) throws(OutOfBounds) -> Bytes {
    guard offset >= 0, offset <= count else {
      throw OutOfBounds(offset: offset, count: 0, available: count)
    }
    return try slice(at: offset, count: count - offset)
  }

  /// Whether the bytes begin with `prefix`.
  @inlinable
  public func starts(with prefix: some Collection<UInt8>) -> Bool {
    withUnsafeBytes { $0.starts(with: prefix) }
  }

  /// The text these bytes are in UTF-8, invalid sequences replaced by U+FFFD.
  public var text: String {
    withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// A little-endian integer at `offset`.
  ///
  /// - Throws: ``OutOfBounds`` if it does not lie wholly inside.
  @inlinable
  public func integer<T: FixedWidthInteger>(at offset: Int, as type: T.Type = T.self)
    throws(OutOfBounds) -> T
  {
    guard offset >= 0, offset <= count, MemoryLayout<T>.size <= count - offset else {
      throw OutOfBounds(offset: offset, count: MemoryLayout<T>.size, available: count)
    }
    return T(littleEndian: baseAddress.loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

/// A read past the end of a run of bytes, or before its beginning.
public struct OutOfBounds: Error, Equatable, CustomStringConvertible {
  /// Where the read would have begun.
  public let offset: Int
  /// How many bytes it wanted.
  public let count: Int
  /// How many bytes there are.
  public let available: Int

  @inlinable
  public init(offset: Int, count: Int, available: Int) {
    self.offset = offset
    self.count = count
    self.available = available
  }

  public var description: String {
    "needs \(count) bytes at byte \(offset), but there are only \(available)"
  }
}

/// Heap memory that is freed with its last reference.
package final class OwnedBuffer: @unchecked Sendable {
  /// The memory, uninitialised at first, aligned to 64 bytes as PyTorch aligns tensors.
  public let memory: UnsafeMutableRawBufferPointer

  public init(count: Int) {
    memory = .allocate(byteCount: count, alignment: 64)
  }

  deinit { memory.deallocate() }
}
