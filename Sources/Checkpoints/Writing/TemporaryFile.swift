import CPthGlibc
import Glibc
import Synchronization
import PthBytes

/// A file that is written in the target's folder and gets the target's name when it is complete. Until then it has no
/// name, so that nothing is left however the process ends.
///
/// Where the file system does not support files without a name, the file has a temporary name, an extended attribute
/// as a mark, and a lock. The lock distinguishes a file that is being written from the leftover of a killed process.
final class TemporaryFile: Sendable {
  let descriptor: Int32
  private let directory: String
  /// The temporary name; nil while the file has none, and after it got the target's.
  private let path: Lock<String?>

  private static let prefix = ".pthconv-"
  private static let suffixLength = 6
  private static let mark = "user.pthconv"

  /// - Parameter mode: The file's permissions; nil for the defaults of a new file.
  /// - Throws: ``WriteError``, which names `target`.
  init(beside target: String, mode: mode_t?) throws(WriteError) {
    directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
    Self.removeStale(in: directory)
    let unnamed = pthconv_open_unnamed(directory)
    if unnamed >= 0 {
      descriptor = unnamed
      path = Lock(nil)
    } else {
      let (named, name) = try Self.makeNamed(in: directory, target: target)
      descriptor = named
      path = Lock(name)
    }
    // The file is created readable only by its owner; an output has ordinary permissions.
    let mask = umask(0)
    umask(mask)
    fchmod(descriptor, mode ?? 0o666 & ~mask)
  }

  deinit {
    if let path = path.withLock({ $0 }) { unlink(path) }
    close(descriptor)
  }

  private static func makeNamed(in directory: String, target: String) throws(WriteError) -> (
    Int32, String
  ) {
    while true {
      var template = Array((directory + prefix + "XXXXXX").utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else { throw WriteError(path: target, code: errno) }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      var status = stat()
      // Before the file is locked, another process may take it for a stale one, and lock or remove it.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
        || fstat(descriptor, &status) == 0 && status.st_nlink == 0
      {
        close(descriptor)
        continue
      }
      pthconv_set_mark(descriptor, mark)
      return (descriptor, template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }
  }

  /// - Throws: ``WriteError``, which names `target`.
  func rename(to target: String) throws(WriteError) {
    let name: String
    if let known = path.withLock({ $0 }) { name = known } else { name = try link(target: target) }
    guard Glibc.rename(name, target) == 0 else { throw WriteError(path: target, code: errno) }
    path.withLock { $0 = nil }
  }

  /// Gives the file a temporary name, since a file without a name cannot replace another.
  private func link(target: String) throws(WriteError) -> String {
    while true {
      let letters = (0..<Self.suffixLength).map { _ in
        Character(Unicode.Scalar(UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"))))
      }
      let name = directory + Self.prefix + String(letters)
      if pthconv_link_unnamed(descriptor, name) == 0 {
        path.withLock { $0 = name }
        return name
      }
      guard errno == EEXIST else { throw WriteError(path: target, code: errno) }
    }
  }

  /// Removes leftovers of this user's killed processes: files with a temporary name and the mark, but no lock.
  private static func removeStale(in directory: String) {
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      // A directory record ends with its name: copying the declared 256-byte array would read past the buffer.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + suffixLength else {
        continue
      }
      let path = directory + name
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        status.st_uid == geteuid(), pthconv_has_mark(descriptor, mark) != 0,
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
      {
        unlink(path)
      }
    }
  }
}
