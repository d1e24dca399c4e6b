/// An immutable run of bytes together with the object that keeps them alive.
///
/// A checkpoint is one file mapping; its pickles, strings and storages are all `Bytes` cut out of the mapping. Slicing
/// never copies. Every slice is checked, so code that holds a `Bytes` may read any of `0..<count`.
public struct Bytes: @unchecked Sendable {
  /// Address of the first byte, with no particular alignment.
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

  /// Copies `elements` into new memory.
  public init(_ elements: some Collection<UInt8>) {
    let buffer = OwnedBuffer(count: elements.count)
    buffer.memory.copyBytes(from: elements)
    self.init(buffer)
  }

  /// Wraps a buffer that its owner has filled and no longer writes to.
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
  /// - Throws: ``OutOfBounds`` unless all of them exist.
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

  /// The bytes decoded as UTF-8; invalid sequences become U+FFFD.
  public var text: String {
    withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// A little-endian integer at `offset`.
  ///
  /// - Throws: ``OutOfBounds`` unless all of its bytes exist.
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

/// A read past the end of a run of bytes or before its beginning.
public struct OutOfBounds: Error, Equatable, CustomStringConvertible {
  /// Where the read begins.
  public let offset: Int
  /// The number of bytes to read.
  public let count: Int
  /// The number of bytes that exist.
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

/// Heap memory that is freed with the last reference to this object.
package final class OwnedBuffer: @unchecked Sendable {
  /// The memory, uninitialized at first, aligned to 64 bytes as PyTorch aligns tensors.
  public let memory: UnsafeMutableRawBufferPointer

  public init(count: Int) {
    memory = .allocate(byteCount: count, alignment: 64)
  }

  deinit { memory.deallocate() }
}
