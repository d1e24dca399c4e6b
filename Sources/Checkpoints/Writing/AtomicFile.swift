import PthBytes
import CPthGlibc
import Glibc

/// A file that gets its name only when it is complete: it is written in the target's folder, synced and renamed.
///
/// Without ``commit()`` no file is left. The leftovers of a killed process are removed when the next file in the same
/// folder is written.
///
/// Parts may be written from several threads at once.
package final class AtomicFile: Sendable {
  /// The path of the output as given.
  package let path: String
  /// The target with links resolved.
  private let destination: String
  private let temporary: TemporaryFile

  /// - Parameters:
  ///   - inputs: Files that must not be overwritten, whatever path leads to them.
  ///   - replaces: Whether an existing file may be replaced.
  /// - Throws: ``WriteError`` if the directory is missing or not writable, or if the target must not be replaced.
  package init(_ path: String, inputs: [String] = [], replaces: Bool = true) throws(WriteError) {
    let mode = try Self.check(path, inputs: inputs, replaces: replaces)
    // If the path is a link, the file that it leads to is replaced, as other programs do.
    let resolved = mode == nil ? nil : realpath(path, nil)
    defer { free(resolved) }
    self.path = path
    destination = resolved.map { String(cString: $0) } ?? path
    do {
      temporary = try TemporaryFile(beside: destination, mode: mode)
    } catch {
      throw WriteError(path: path, reason: error.reason)
    }
  }

  /// Checks that `path` may be written, without writing anything.
  ///
  /// - Returns: the permissions of the existing file; nil if there is none.
  /// - Throws: ``WriteError``.
  @discardableResult
  static func check(_ path: String, inputs: [String], replaces: Bool) throws(WriteError)
    -> mode_t?
  {
    guard let last = path.utf8.last, last != UInt8(ascii: "/") else {
      throw WriteError(path: path, reason: "is a directory")
    }
    var target = stat()
    guard stat(path, &target) == 0 else {
      // Renaming would replace the link itself, not the file that it leads to.
      guard lstat(path, &target) == 0, target.st_mode & S_IFMT == S_IFLNK else { return nil }
      throw WriteError(path: path, reason: "is a link to a file that is not there")
    }
    guard target.st_mode & S_IFMT == S_IFREG else {
      let isDirectory = target.st_mode & S_IFMT == S_IFDIR
      throw WriteError(path: path, reason: isDirectory ? "is a directory" : "is no regular file")
    }
    for input in inputs {
      var source = stat()
      if stat(input, &source) == 0, source.st_ino == target.st_ino, source.st_dev == target.st_dev {
        throw WriteError(path: path, reason: "is the input; name another output")
      }
    }
    guard replaces else {
      throw WriteError(path: path, reason: "exists already", remedy: .replacing)
    }
    return target.st_mode & 0o777
  }

  /// Reserves disk space for `count` bytes; the file then has this length.
  ///
  /// - Throws: ``WriteError`` if the disk has less space.
  func reserve(_ count: Int) throws(WriteError) {
    guard count > 0, pthconv_fallocate(temporary.descriptor, off_t(count)) != 0 else { return }
    // Not every file system can reserve space; a full disk then shows up while writing.
    if errno != EOPNOTSUPP, errno != ENOSYS, errno != EINTR {
      throw WriteError(path: path, code: errno)
    }
  }

  /// Writes bytes at a position.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WriteError) {
    var written = 0
    while written < bytes.count {
      let put = pwrite(
        temporary.descriptor, bytes.baseAddress! + written, bytes.count - written,
        off_t(offset + written))
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw WriteError(path: path, code: put < 0 ? errno : ENOSPC) }
      written += put
    }
  }

  /// Lets the kernel copy bytes of another file.
  ///
  /// - Returns: the number of bytes copied, which is less than `count` where the kernel cannot copy.
  /// - Throws: ``WriteError`` if the disk is full or the input too short.
  func copy(from file: MappedFile, at start: Int, count: Int, to offset: Int)
    throws(WriteError) -> Int
  {
    var position = off_t(start)
    var target = off_t(offset)
    var copied = 0
    while copied < count {
      let put = pthconv_copy_file_range(
        file.descriptor, &position, temporary.descriptor, &target, count - copied)
      if put > 0 {
        copied += put
      } else if put == 0 {
        throw WriteError(path: path, reason: "the input became shorter while it was copied")
      } else if [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) {
        return copied
      } else if errno != EINTR {
        throw WriteError(path: path, code: errno)
      }
    }
    return copied
  }

  /// Starts writing a part to the disk, so that ``commit()`` waits for less.
  func startWriteback(at offset: Int, count: Int) {
    pthconv_start_writeback(temporary.descriptor, off_t(offset), off_t(count))
  }

  /// Waits until the whole file is on the disk.
  private func sync() throws(WriteError) {
    guard fsync(temporary.descriptor) == 0 else { throw WriteError(path: path, code: errno) }
  }

  /// Syncs the file and gives it its name.
  package func commit() throws(WriteError) { try Self.commit([self]) }

  /// Syncs all files and then renames them one after another. If a rename fails, the files before it keep their new
  /// names.
  package static func commit(_ files: [AtomicFile]) throws(WriteError) {
    for file in files { try file.sync() }
    for file in files { try file.temporary.rename(to: file.destination) }
  }
}
