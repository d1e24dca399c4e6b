import ArgumentParser
import Glibc

/// A file to scan.
struct FoundFile {
  let path: String
  let isFromDirectory: Bool
}

/// Expands directories into the files below them, in order of name. Symbolic links in them are
/// not followed, so a link cannot lead in circles or out.
enum FileFinder {
  static func files(in paths: [String]) throws -> [FoundFile] {
    try paths.flatMap { path -> [FoundFile] in
      var status = stat()
      guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        return [FoundFile(path: path, isFromDirectory: false)]
      }
      return try below(path)
    }
  }

  private static func below(_ root: String) throws -> [FoundFile] {
    var files: [FoundFile] = []
    var pending = [root]
    while let directory = pending.popLast() {
      guard let handle = opendir(directory) else {
        Terminal.report("\(directory): \(String(cString: strerror(errno)))")
        if directory == root { throw ExitCode.cannotRead }
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
        guard lstat(path, &status) == 0 else { continue }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: pending.append(path)
        case S_IFREG: files.append(FoundFile(path: path, isFromDirectory: true))
        default: break
        }
      }
    }
    return files.sorted { $0.path < $1.path }
  }
}
