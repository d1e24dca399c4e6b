import ArgumentParser
import Glibc

/// Where text goes, and how it may look there.
enum Terminal {
  /// Colours only for a person: on a terminal, and unless `NO_COLOR` says otherwise.
  static let usesColor =
    isatty(STDOUT_FILENO) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
    && (getenv("TERM").map { String(cString: $0) != "dumb" } ?? false)

  static let isTerminal = isatty(STDOUT_FILENO) == 1

  static let showsProgress = isatty(STDERR_FILENO) == 1

  /// Columns of the terminal, 80 if there is none.
  static let width: Int = {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
    return min(Int(size.ws_col), 160)
  }()

  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  static func styled(_ text: String, _ style: Style) -> String {
    usesColor ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        // A reader that went away has what it wanted; everything else is a failure.
        if errno != EPIPE, descriptor == STDOUT_FILENO {
          let reason = String(cString: strerror(errno))
          write(Array("pthconv: cannot write: \(reason)\n".utf8), to: STDERR_FILENO)
          exit(2)
        }
        return
      }
      rest = rest.dropFirst(written)
    }
  }

  static func write(_ text: String) { write(Array(text.utf8)) }

  /// Ends the program: everything is written, and taking apart what a checkpoint was parsed into
  /// would be a tenth of the time, for nothing. Callers keep their values alive up to here.
  static func leave(_ code: ExitCode) -> Never { exit(code.rawValue) }

  static func report(_ error: some CustomStringConvertible) {
    write(Array("pthconv: \(printable(error.description))\n".utf8), to: STDERR_FILENO)
  }

  /// The text with control characters escaped: a name in a file must not move the cursor.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\t": "\\t"
      case let scalar where isControl(scalar): "\\u{\(String(scalar.value, radix: 16))}"
      default: String(scalar)
      }
    }.joined()
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
  }
}
