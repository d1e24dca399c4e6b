import Glibc

/// Reads files and takes paths apart.
enum ConfigFile {
  /// The bytes of a regular file.
  ///
  /// - Throws: ``ConfigError`` if the file cannot be read, exceeds ``ConfigLimits/fileSize`` or is not UTF-8 text.
  static func read(_ path: String) throws(ConfigError) -> [UInt8] {
    // O_NONBLOCK: opening a pipe without a writer would block.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR:
      throw ConfigError(path: path, line: nil, reason: "is a directory; name the file in it")
    default:
      throw ConfigError(path: path, line: nil, reason: "is not a regular file; copy it to one")
    }
    let limit = ConfigLimits.fileSize
    var bytes: [UInt8] = []
    var isTooLarge = status.st_size > limit
    if !isTooLarge {
      bytes.reserveCapacity(Int(status.st_size) + 1)
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw failure(path, errno) }
        guard count > 0 else { break }
        bytes += buffer[..<count]
        isTooLarge = bytes.count > limit
        if isTooLarge { break }
      }
    }
    guard !isTooLarge else {
      throw ConfigError(
        path: path, line: nil,
        reason: "is larger than \(limit >> 20) MB; a configuration is a small text file")
    }
    try check(bytes, path)
    return bytes
  }

  /// Refuses bytes that Python could not read as UTF-8 source.
  private static func check(_ bytes: [UInt8], _ path: String) throws(ConfigError) {
    func line(_ offset: Int) -> Int {
      bytes[..<offset].reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw ConfigError(
        path: path, line: 1,
        reason: "starts with a byte order mark, which mmengine cannot read; save it without")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw ConfigError(
        path: path, line: line(zero), reason: "has a zero byte, so it is not a text file")
    }
    if bytes.contains(where: { $0 >= 0x80 }), String(validating: bytes, as: UTF8.self) == nil {
      // A binary search for the longest valid beginning finds the line.
      var low = 0
      var high = bytes.count
      while high - low > 4 {
        let middle = (low + high) / 2
        var cut = middle
        while cut > low && cut < bytes.count && bytes[cut] & 0xC0 == 0x80 { cut -= 1 }
        if cut > low, String(validating: bytes[low..<cut], as: UTF8.self) != nil {
          low = cut
        } else if cut > low {
          high = cut
        } else {
          break
        }
      }
      throw ConfigError(path: path, line: line(low), reason: "is not UTF-8 text; save it as UTF-8")
    }
  }

  private static func failure(_ path: String, _ code: Int32) -> ConfigError {
    ConfigError(
      path: path, line: nil, reason: "cannot be read: \(String(cString: strerror(code)))")
  }

  /// The folder of a path; empty if the path has none.
  static func folder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of a path.
  static func name(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The extension of a path with its dot, as in Python's `splitext`.
  static func ending(_ path: String) -> String {
    let name = name(path)
    guard let dot = name.lastIndex(of: "."), name[..<dot].contains(where: { $0 != "." }) else {
      return ""
    }
    return String(name[dot...])
  }

  static func join(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  /// The absolute path, without `.` and `..`, as in Python's `abspath`.
  static func absolute(_ path: String) -> String {
    var whole = path
    if !path.hasPrefix("/"), let current = getcwd(nil, 0) {
      whole = join(String(cString: current), path)
      free(current)
    }
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
