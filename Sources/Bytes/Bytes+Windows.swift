extension Bytes {
  /// Passes over the bytes in windows of at most one mebibyte.
  ///
  /// Those of a mapped file are read into one buffer: looking at them through the mapping would
  /// leave every page of a large file in the process's memory.
  ///
  /// - Parameter body: Returns whether to go on.
  /// - Throws: ``FileError`` if the file became unreadable.
  public func forEachWindow(_ body: (UnsafeRawBufferPointer) -> Bool) throws(FileError) {
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
}
