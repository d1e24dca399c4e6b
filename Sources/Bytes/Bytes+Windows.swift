extension Bytes {
  /// Passes the bytes to `body` in windows of at most 1 MiB; bytes outside a mapped file come as a single window.
  ///
  /// Bytes of a mapped file are read into a buffer: reading a large file through the mapping would leave all its pages
  /// in the process's memory.
  ///
  /// - Parameter body: Returns false to stop.
  /// - Throws: ``FileError`` if the file can no longer be read.
  package func forEachWindow(_ body: (UnsafeRawBufferPointer) -> Bool) throws(FileError) {
    let size = 1 << 20
    guard count > size, let (file, start) = MappedFile.origin(of: self) else {
      return withUnsafeBytes { _ = body($0) }
    }
    let window = OwnedBuffer(count: size)
    var position = 0
    while position < count {
      let wanted = min(size, count - position)
      let part = UnsafeMutableRawBufferPointer(rebasing: window.memory[..<wanted])
      try file.read(at: start + position, into: part)
      guard body(UnsafeRawBufferPointer(part)) else { return }
      position += wanted
    }
  }

  /// Fills `buffer` with the bytes from `offset` on. Bytes of a mapped file are read with `pread`, not through the
  /// mapping, so that their pages do not stay in the process's memory.
  ///
  /// - Throws: ``OutOfBounds`` unless all bytes exist; ``FileError`` if the file can no longer be read.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    let part = try slice(at: offset, count: buffer.count)
    if let (file, start) = MappedFile.origin(of: part) {
      try file.read(at: start, into: buffer)
    } else {
      part.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
  }
}
