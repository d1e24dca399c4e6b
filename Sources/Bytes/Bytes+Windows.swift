extension Bytes {
  /// Passes over the bytes in windows of at most one mebibyte.
  ///
  /// Those of a mapped file are read into one buffer: looking at them through the mapping would
  /// leave every page of a large file in the process's memory.
  ///
  /// - Parameter body: Returns whether to go on.
  /// - Throws: ``FileError`` if the file became unreadable.
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

  /// Fills `buffer` with the bytes from `offset` on. Those of a mapped file are read from it, past
  /// the mapping, so that their pages do not stay in the process's memory.
  ///
  /// - Throws: ``OutOfBounds`` unless all of them lie inside; ``FileError`` if the file became
  ///   unreadable.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    let part = try slice(at: offset, count: buffer.count)
    if let (file, start) = MappedFile.origin(of: part) {
      try file.read(at: start, into: buffer)
    } else {
      part.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
  }
}
