import ArgumentParser
import Glibc
import PthConvKit

/// A file to scan.
struct FoundFile {
  let path: String
  let isFromDirectory: Bool
  /// Whether the path is a link to a file outside of the scanned folder, which is not followed.
  var isStrayLink = false
}

/// The files to scan: the named files, and the files below each named folder in order of path.
struct FoundFiles {
  private(set) var files: [FoundFile] = []
  /// The number of hidden folders that were not searched; ``otherMounts`` counts mounted file systems.
  private(set) var hiddenFolders = 0
  private(set) var otherMounts = 0
  /// The number of links to folders elsewhere, to special files and to nothing.
  private(set) var strayLinks = 0
  private(set) var unreadableFolders = 0

  private let searchesHidden: Bool
  private let searchesMounts: Bool

  /// - Parameters:
  ///   - searchesHidden: Whether to search folders whose names begin with a dot.
  ///   - searchesMounts: Whether to search folders where other file systems are mounted.
  /// - Throws: `ExitCode` 2 if a named folder cannot be opened.
  init(in paths: [String], searchesHidden: Bool, searchesMounts: Bool) throws {
    self.searchesHidden = searchesHidden
    self.searchesMounts = searchesMounts
    for path in paths {
      var status = stat()
      if path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        try search(path, device: status.st_dev)
      } else {
        files.append(FoundFile(path: path, isFromDirectory: false))
      }
    }
  }

  /// A sentence about what was not searched; nil if everything was.
  var omissions: String? {
    let parts = [
      (hiddenFolders, "hidden folder", "--hidden"),
      (otherMounts, "other file system", "--other-mounts"),
    ].filter { $0.0 > 0 }.map { "\($0) \($1)\($0 == 1 ? "" : "s") (\($2) searches them)" }
    let links =
      strayLinks > 0
      ? ["\(strayLinks) \(strayLinks == 1 ? "link that leads" : "links that lead") elsewhere"] : []
    let all = parts + links
    return all.isEmpty ? nil : "not looked into: " + all.joined(separator: ", ")
  }

  private mutating func search(_ root: String, device: dev_t) throws {
    var found: [FoundFile] = []
    var pending = [root]
    while let directory = pending.popLast() {
      guard let handle = opendir(directory) else {
        Terminal.report("\(directory): \(String(cString: strerror(errno)))")
        if directory == root { throw ExitCode.cannotRead }
        unreadableFolders += 1
        continue
      }
      defer { closedir(handle) }
      while let entry = readdir(handle) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
        var status = stat()
        guard lstat(path, &status) == 0 else {
          // A file that was deleted since it was listed is ignored.
          if errno != ENOENT {
            Terminal.report("\(path): \(String(cString: strerror(errno)))")
            unreadableFolders += 1
          }
          continue
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          if name.hasPrefix("."), !searchesHidden {
            hiddenFolders += 1
          } else if status.st_dev != device, !searchesMounts {
            otherMounts += 1
          } else {
            pending.append(path)
          }
        case S_IFREG: found.append(FoundFile(path: path, isFromDirectory: true))
        case S_IFLNK:
          if LinkedFile.mayBeFollowed(path, inside: root) {
            found.append(FoundFile(path: path, isFromDirectory: true))
          } else if LinkedFile.leadsToFile(path) {
            // A loader would follow this link, so the file is reported as not scanned.
            found.append(FoundFile(path: path, isFromDirectory: true, isStrayLink: true))
          } else if !LinkedFile.leadsToFolder(path, inside: root) {
            strayLinks += 1
          }
        default: break
        }
      }
    }
    files += found.sorted { $0.path < $1.path }
  }
}
