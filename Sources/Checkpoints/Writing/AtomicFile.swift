import Bytes
import CGlibc
import Glibc

/// A file that appears under its name only when it is whole: written beside the target under a
/// temporary name, synced, and renamed. Without ``commit()`` nothing is left behind.
public final class AtomicFile {
  public let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var isCommitted = false

  /// - Throws: ``WriteError`` if the directory is missing or cannot be written, or if the target is
  ///   one of `inputs`.
  public init(_ path: String, inputs: [String] = []) throws(WriteError) {
    self.path = path
    var target = stat()
    if stat(path, &target) == 0 {
      guard target.st_mode & S_IFMT == S_IFREG else {
        throw WriteError(path: path, reason: "is not a regular file")
      }
      for input in inputs {
        var source = stat()
        if stat(input, &source) == 0, source.st_ino == target.st_ino,
          source.st_dev == target.st_dev
        {
          throw WriteError(path: path, reason: "is the input; name another output")
        }
      }
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[...$0]) } ?? "./"
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty else { throw WriteError(path: path, reason: "is a directory") }
    var template = Array("\(directory).\(name).XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw WriteError(path: path, code: errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    temporaryPath = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    // mkstemp makes files that only the owner can read; an output is an ordinary file.
    let mask = umask(0)
    umask(mask)
    fchmod(descriptor, 0o666 & ~mask)
  }

  deinit {
    close(descriptor)
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes. Those of a mapped file are copied by the kernel and never pass through memory.
  public func append(_ bytes: Bytes) throws(WriteError) {
    if let (file, offset) = MappedFile.origin(of: bytes) {
      try copy(from: file, at: offset, count: bytes.count)
    } else {
      try write(bytes)
    }
  }

  private func copy(from file: MappedFile, at offset: Int, count: Int) throws(WriteError) {
    var position = off_t(offset)
    var remaining = count
    while remaining > 0 {
      let copied = pthconv_copy_file_range(file.descriptor, &position, descriptor, remaining)
      if copied > 0 {
        remaining -= copied
      } else if copied == 0 {
        throw WriteError(path: path, reason: "the input became shorter while it was copied")
      } else if errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP {
        return try copyThroughWindow(from: file, at: Int(position), count: remaining)
      } else if errno != EINTR {
        throw WriteError(path: path, code: errno)
      }
    }
  }

  /// For file systems between which the kernel cannot copy.
  private func copyThroughWindow(from file: MappedFile, at offset: Int, count: Int)
    throws(WriteError)
  {
    let window = OwnedBuffer(count: min(count, 1 << 20))
    var position = offset
    while position < offset + count {
      let wanted = min(window.memory.count, offset + count - position)
      let part = UnsafeMutableRawBufferPointer(rebasing: window.memory[..<wanted])
      do {
        try file.read(at: position, into: part)
      } catch {
        throw WriteError(path: path, reason: "the input cannot be read to its end")
      }
      try write(
        Bytes(
          baseAddress: UnsafeRawPointer(window.memory.baseAddress!), count: wanted, owner: window))
      position += wanted
    }
  }

  private func write(_ bytes: Bytes) throws(WriteError) {
    var written = 0
    while written < bytes.count {
      let put = Glibc.write(descriptor, bytes.baseAddress + written, bytes.count - written)
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw WriteError(path: path, code: errno) }
      written += put
    }
  }

  /// Gives the file its name.
  public func commit() throws(WriteError) {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
      throw WriteError(path: path, code: errno)
    }
    isCommitted = true
  }
}

/// Why an output could not be written.
public struct WriteError: Error, Equatable, CustomStringConvertible {
  public let path: String
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  init(path: String, code: Int32) {
    self.init(
      path: path,
      reason: code == ENOENT
        ? "its directory does not exist" : "cannot be written: \(String(cString: strerror(code)))")
  }

  public var description: String { "\(path): \(reason)" }
}
