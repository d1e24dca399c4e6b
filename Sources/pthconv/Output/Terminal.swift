import ArgumentParser
import Glibc
import PthReports

/// Standard output and standard error, and the style of text on them.
enum Terminal {
  /// Colours are used only on a terminal, and not if `NO_COLOR` is set or `TERM` is `dumb`.
  static let style: TextStyle = {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let usesColor =
      isTerminal && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
      && (getenv("TERM").map { String(cString: $0) != "dumb" } ?? false)
    var size = winsize()
    let isSized = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col >= 40
    return TextStyle(
      width: isSized ? min(Int(size.ws_col), 160) : 80,
      height: isTerminal && isSized && size.ws_row >= 10 ? Int(size.ws_row) : nil,
      usesColor: usesColor, isTerminal: isTerminal, namesOptions: true)
  }()

  static let showsProgress = isatty(STDERR_FILENO) == 1

  static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        // EPIPE means that the reader has read enough (`| head`); any other error is a failure.
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

  /// Writes JSON and a line end.
  static func writeJSON(_ body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    body(&writer)
    write(writer.bytes + [UInt8(ascii: "\n")])
  }

  /// Ends the program without freeing what was parsed, which would be a tenth of the run time. Callers keep their
  /// values alive up to this call.
  static func leave(_ code: ExitCode) -> Never { exit(code.rawValue) }

  static func report(_ error: some CustomStringConvertible) {
    write(Array("pthconv: \(Format.printable(error.description))\n".utf8), to: STDERR_FILENO)
  }
}
