import Glibc

/// A placeholder in double braces that mmengine replaces in the text of a file.
///
/// `{{ fileBasename }}` and its like, `{{$VARIABLE:default}}`, and `{{ _base_.name }}`.
struct Template {
  var replacement: [UInt8]
  /// The end of the placeholder in the file.
  var end: Int

  /// Encloses the name in `{{ _base_.name }}` until the value of the base is inserted.
  static let mark = "\u{1}"

  /// The name in a string that stands for `{{ _base_.name }}`; nil for any other string.
  static func baseName(_ text: String) -> String? {
    guard PythonText.hasPrefix(text, mark + "base:"), PythonText.hasSuffix(text, mark),
      text.utf8.count > 7
    else { return nil }
    let name = text.unicodeScalars.dropFirst(6).dropLast()
    return name.contains("\u{1}") ? nil : String(name)
  }

  /// The placeholder whose two braces are at `start`; nil if the braces are not mmengine's.
  ///
  /// - Throws: ``ConfigError`` if an environment variable is not set and has no default.
  init?(at start: Int, in file: [UInt8], path: String, line: Int) throws(ConfigError) {
    var scanner = Scanner(bytes: file, position: start + 2)
    scanner.skipSpace()
    if let name = scanner.word(dots: true) {
      scanner.skipSpace()
      guard scanner.take("}}") else { return nil }
      end = scanner.position
      let absolute = ConfigFile.absolute(path)
      let base = ConfigFile.name(absolute)
      let ending = ConfigFile.ending(absolute)
      switch name {
      case "fileDirname": replacement = Array(ConfigFile.folder(absolute).utf8)
      case "fileBasename": replacement = Array(base.utf8)
      case "fileBasenameNoExtension": replacement = Array(base.dropLast(ending.count).utf8)
      case "fileExtname": replacement = Array(ending.utf8)
      case _ where name.hasPrefix("_base_.") && name.count > 7:
        replacement = Array("\"\(Self.mark)base:\(name.dropFirst(7))\(Self.mark)\"".utf8)
      default: return nil
      }
      return
    }
    scanner.position = start + 2
    scanner.skipQuote()
    scanner.skipSpace()
    guard scanner.take("$"), let variable = scanner.word(dots: false) else { return nil }
    scanner.skipSpace()
    guard scanner.take(":") else { return nil }
    scanner.skipSpace()
    let valueStart = scanner.position
    var valueEnd = valueStart
    while true {
      var rest = Scanner(bytes: file, position: valueEnd)
      rest.skipSpace()
      rest.skipQuote()
      if rest.take("}}") {
        end = rest.position
        break
      }
      guard valueEnd < file.count, !Scanner.isSpace(file[valueEnd]) else { return nil }
      valueEnd += 1
    }
    if let value = getenv(variable) {
      replacement = Array(String(cString: value).utf8)
    } else {
      replacement = Array(file[valueStart..<valueEnd])
    }
    guard !replacement.isEmpty else {
      throw ConfigError(
        path: path, line: line,
        reason: "the environment has no variable \(variable) and no default is written; "
          + "set it, or write {{$\(variable):value}}")
    }
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position: Int

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    mutating func skipSpace() {
      while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    mutating func skipQuote() {
      if position < bytes.count, bytes[position] == 0x22 || bytes[position] == 0x27 {
        position += 1
      }
    }

    mutating func take(_ text: String) -> Bool {
      guard bytes[position...].starts(with: text.utf8) else { return false }
      position += text.utf8.count
      return true
    }

    mutating func word(dots: Bool) -> String? {
      let start = position
      while position < bytes.count {
        let byte = bytes[position]
        let isWord =
          (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80 || dots && byte == 0x2E
        guard isWord else { break }
        position += 1
      }
      return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }
  }
}
