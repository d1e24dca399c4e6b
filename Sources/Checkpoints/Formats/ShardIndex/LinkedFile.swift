import Glibc

/// Symbolic links: an untrusted index may name one to make this program read a file elsewhere on the machine.
package enum LinkedFile {
  /// Whether a link may be followed: its target is a regular file inside `folder`, or the link is laid out as in
  /// Hugging Face's cache, where `snapshots/<revision>/<name>` points into `blobs` beside `snapshots`.
  ///
  /// - Returns: true for a path that is not a link.
  package static func mayBeFollowed(_ path: String, inside folder: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return true }
    guard let target = resolved(path), let base = resolved(folder.isEmpty ? "." : folder),
      stat(target, &status) == 0, status.st_mode & S_IFMT == S_IFREG
    else { return false }
    if isBelow(target, base) { return true }
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard let place = resolved(parent), let cut = place.firstRange(of: "/snapshots/") else {
      return false
    }
    return isBelow(target, place[..<cut.lowerBound] + "/blobs")
  }

  /// Whether a link points to `folder` or a folder below it, which is searched anyway.
  package static func leadsToFolder(_ path: String, inside folder: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      let target = resolved(path), let base = resolved(folder)
    else { return false }
    return target == base || isBelow(target, base)
  }

  /// Whether a link points to a regular file, inside any folder.
  package static func leadsToFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether a path whose links are resolved is below a folder.
  private static func isBelow(_ path: String, _ folder: String) -> Bool {
    folder == "/" || path.hasPrefix(folder + "/")
  }

  /// The path with all links resolved; nil if the target does not exist.
  package static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }
}
