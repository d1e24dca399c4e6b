import Glibc

/// A file mapped into memory, which the kernel reads on demand.
///
/// The mapping is private and copy-on-write: a write through a pointer changes this process's view and never the file.
/// Pipes and other streams are first copied to an unlinked temporary file, so that memory is bounded by the pages that
/// are touched.
package final class MappedFile: @unchecked Sendable {
  /// The path as given; `-` for standard input.
  package let path: String
  private let address: UnsafeMutableRawPointer?
  private let length: Int
  /// Open for reading while the mapping exists.
  package let descriptor: Int32

  /// Maps the file at `path`; `-` is standard input.
  package convenience init(path: String) throws(FileError) {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, reason: .system(errno)) }
    try self.init(path: path, adopting: descriptor)
  }

  /// Maps the file or stream behind `descriptor`, which is closed together with the mapping.
  private init(path: String, adopting original: Int32) throws(FileError) {
    var descriptor = original
    do throws(FileError) {
      (address, length) = try Self.map(&descriptor, path: path)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.path = path
  }

  private static func map(_ descriptor: inout Int32, path: String) throws(FileError) -> (
    UnsafeMutableRawPointer?, Int
  ) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, reason: .system(errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      return try map(descriptor, size: Int(status.st_size), path: path)
    case S_IFDIR:
      throw FileError(path: path, reason: .isDirectory)
    default:
      let (spooled, size) = try spool(descriptor, path: path)
      close(descriptor)
      descriptor = spooled
      return try map(spooled, size: size, path: path)
    }
  }

  deinit {
    if let address { munmap(address, length) }
    close(descriptor)
  }

  /// The whole file.
  package var bytes: Bytes {
    guard let address else { return .empty }
    return Bytes(baseAddress: address, count: length, owner: self)
  }

  /// The file that the bytes are mapped from, and their offset in it; nil for other memory.
  package static func origin(of bytes: Bytes) -> (file: MappedFile, offset: Int)? {
    guard let file = bytes.owner as? MappedFile, let address = file.address else { return nil }
    return (file, bytes.baseAddress - UnsafeRawPointer(address))
  }

  /// Checks that the file still has all the bytes that are mapped: touching a byte that is gone raises SIGBUS.
  ///
  /// - Throws: ``FileError`` if the file has become shorter.
  package func checkSize() throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, reason: .system(errno))
    }
    guard status.st_size >= length else { throw FileError(path: path, reason: .becameShorter) }
  }

  /// Fills `buffer` from `offset` of the file on, with `pread` and not through the mapping.
  ///
  /// - Throws: ``FileError`` if the file no longer has all these bytes.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    var filled = 0
    while filled < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset + filled))
      if got < 0 && errno == EINTR { continue }
      guard got != 0 else { throw FileError(path: path, reason: .becameShorter) }
      guard got > 0 else { throw FileError(path: path, reason: .system(errno)) }
      filled += got
    }
  }

  private static func map(_ descriptor: Int32, size: Int, path: String) throws(FileError)
    -> (UnsafeMutableRawPointer?, Int)
  {
    guard size > 0 else { return (nil, 0) }
    // NORESERVE: a copy-on-write view of a file larger than memory must not count as committed memory.
    let address = mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw FileError(path: path, reason: .system(errno))
    }
    return (address, size)
  }

  /// Copies a stream to a temporary file that is already unlinked.
  private static func spool(_ descriptor: Int32, path: String) throws(FileError) -> (Int32, Int) {
    let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(directory)/pthconv.XXXXXX".utf8CString)
    let spooled = mkstemp(&template)
    guard spooled >= 0 else { throw FileError(path: path, reason: .cannotSpool(directory, errno)) }
    unlink(template)
    let buffer = OwnedBuffer(count: 1 << 20)
    defer { withExtendedLifetime(buffer) {} }
    let window = buffer.memory
    var total = 0
    while true {
      let got = Glibc.read(descriptor, window.baseAddress, window.count)
      if got == 0 { return (spooled, total) }
      if got < 0 && errno == EINTR { continue }
      var written = 0
      while got > 0 && written < got {
        let put = write(spooled, window.baseAddress! + written, got - written)
        if put < 0 && errno == EINTR { continue }
        if put <= 0 { break }
        written += put
      }
      guard got > 0, written == got else {
        let code = errno
        close(spooled)
        throw FileError(
          path: path, reason: got < 0 ? .system(code) : .cannotSpool(directory, code))
      }
      total += got
    }
  }
}

extension Bytes {
  /// In files up to this size there are few pages, and touching a page is as fast as reading from the file.
  private static let denseFile = 1 << 20

  /// The `length` bytes from `offset` on. A few bytes somewhere in a large file are read with `pread`, because
  /// touching the mapping costs more.
  ///
  /// Touching one page maps 16 pages, and reads megabytes ahead if the file is not in the page cache; the headers of
  /// all entries would map most of an archive. For 700 entries in 148 MB, reading takes 0.3 ms, touching 1.6 ms and
  /// unmapping another 1.2 ms.
  ///
  /// - Throws: ``OutOfBounds`` unless all bytes exist.
  package func excerpt(at offset: Int, count length: Int) throws(OutOfBounds) -> Bytes {
    let slice = try slice(at: offset, count: length)
    guard count > Self.denseFile, let (file, position) = MappedFile.origin(of: slice) else {
      return slice
    }
    let buffer = OwnedBuffer(count: length)
    return (try? file.read(at: position, into: buffer.memory)) == nil ? slice : Bytes(buffer)
  }

  /// Calls `body`, which accesses these bytes in scattered places, with the kernel's read-ahead switched off.
  package func withScatteredAccess<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard MappedFile.origin(of: self) != nil else { return try body() }
    let start = UnsafeMutableRawPointer(mutating: baseAddress)
      .alignedDown(toMultipleOf: sysconf(Int32(_SC_PAGESIZE)))
    let length = baseAddress + count - UnsafeRawPointer(start)
    // madvise is only advice: if it fails, `body` still runs correctly.
    madvise(start, length, MADV_RANDOM)
    defer { madvise(start, length, MADV_NORMAL) }
    return try body()
  }
}

/// Reads excerpts that often follow closely one after another.
package struct ExcerptReader {
  /// Large enough for the headers of a few small entries and the data between them.
  private static let windowSize = 8192
  private let bytes: Bytes
  private var window = Bytes.empty
  private var start = 0

  package init(_ bytes: Bytes) { self.bytes = bytes }

  /// The bytes of ``Bytes/excerpt(at:count:)``, taken from the last window if that has them.
  ///
  /// - Throws: ``OutOfBounds`` unless all bytes exist.
  package mutating func excerpt(at offset: Int, count length: Int) throws(OutOfBounds) -> Bytes {
    if offset >= start, let known = try? window.slice(at: offset - start, count: length) {
      return known
    }
    let available = max(0, bytes.count - max(0, offset))
    window = try bytes.excerpt(at: offset, count: max(length, min(Self.windowSize, available)))
    start = offset
    return try window.slice(at: 0, count: length)
  }
}

/// Why a file could not be opened or read.
package struct FileError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// The system call failed with this `errno`.
    case system(Int32)
    case isDirectory
    /// The file has fewer bytes than when it was opened.
    case becameShorter
    /// A stream could not be copied to a temporary file in this directory.
    case cannotSpool(String, Int32)
  }

  package let path: String
  package let reason: Reason

  package init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  package var description: String {
    switch reason {
    case .system(ENOENT): "\(path): no such file"
    case .system(let code): "\(path): \(String(cString: strerror(code)))"
    case .isDirectory: "\(path): is a directory; name a checkpoint file in it"
    case .becameShorter:
      "\(path): became shorter while it was read; copy it again and do not change it while it is read"
    case .cannotSpool(let directory, let code):
      "\(path): cannot copy the stream to \(directory) (\(String(cString: strerror(code)))); "
        + "set TMPDIR to a directory with room"
    }
  }
}
