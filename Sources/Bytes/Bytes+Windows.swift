import Glibc

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
      var filled = 0
      while filled < wanted {
        let got = pread(
          file.descriptor, window.memory.baseAddress! + filled, wanted - filled,
          off_t(start + position + filled))
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else {
          throw FileError(path: file.path, reason: .system(got < 0 ? errno : EIO))
        }
        filled += got
      }
      guard body(UnsafeRawBufferPointer(rebasing: window.memory[..<wanted])) else { return }
      position += wanted
    }
  }
}
