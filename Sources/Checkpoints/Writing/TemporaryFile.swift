import CPthGlibc
import Glibc
import Synchronization

/// A file under a temporary name in the directory of another, which nobody else touches: its lock
/// tells a file that is being written from one that a killed process left behind.
final class TemporaryFile: Sendable {
  let descriptor: Int32
  private let path: String
  private let isRenamed = Mutex(false)

  private static let prefix = ".pthconv-"
  private static let suffixLength = 6

  /// - Parameter mode: permissions; nil for those of any new file.
  /// - Throws: ``WriteError``, which names `target`.
  init(beside target: String, mode: mode_t?) throws(WriteError) {
    let directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
    Self.removeStale(in: directory)
    while true {
      var template = Array((directory + Self.prefix + "XXXXXX").utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else { throw WriteError(path: target, code: errno) }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      var status = stat()
      // Between its making and its lock, another process may take the file for a stale one.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
        || fstat(descriptor, &status) == 0 && status.st_nlink == 0
      {
        close(descriptor)
        continue
      }
      self.descriptor = descriptor
      path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      break
    }
    // mkstemp makes files that only the owner can read; an output is an ordinary file.
    let mask = umask(0)
    umask(mask)
    fchmod(descriptor, mode ?? 0o666 & ~mask)
  }

  deinit {
    if !isRenamed.withLock({ $0 }) { unlink(path) }
    close(descriptor)
  }

  /// - Throws: ``WriteError``, which names `target`.
  func rename(to target: String) throws(WriteError) {
    guard Glibc.rename(path, target) == 0 else { throw WriteError(path: target, code: errno) }
    isRenamed.withLock { $0 = true }
  }

  /// Removes the files of this name, of this user, that no living process holds.
  private static func removeStale(in directory: String) {
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      // A record ends with its name: the array that it is declared as reaches past the buffer.
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
        status.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0
      {
        unlink(path)
      }
    }
  }
}
