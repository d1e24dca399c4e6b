import Glibc

/// Symbolic links. An untrusted index may name one, so that a file elsewhere on the machine is read.
package enum LinkedFile {
  /// Whether a link may be followed: to a regular file inside of the folder, or as the cache of
  /// Hugging Face lays its files: `snapshots/<revision>/<name>` leads into `blobs` beside it.
  ///
  /// - Returns: true for anything that is no link.
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

  /// Whether a link leads to a folder that is searched anyway.
  package static func leadsToFolder(_ path: String, inside folder: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      let target = resolved(path), let base = resolved(folder)
    else { return false }
    return target == base || isBelow(target, base)
  }

  /// Whether a link leads to a regular file, wherever that is.
  package static func leadsToFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether a path, links resolved, lies below a folder.
  private static func isBelow(_ path: String, _ folder: String) -> Bool {
    folder == "/" || path.hasPrefix(folder + "/")
  }

  /// The path with all links resolved; nil if it leads nowhere.
  package static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }
}
