import ArgumentParser
import Glibc
import PthReports

/// Where text goes, and how it may look there.
enum Terminal {
  /// Colours only for a person: on a terminal, and unless `NO_COLOR` says otherwise.
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

  /// Writes JSON and a line end.
  static func writeJSON(_ body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    body(&writer)
    write(writer.bytes + [UInt8(ascii: "\n")])
  }

  /// Ends the program: everything is written, and taking apart what a checkpoint was parsed into
  /// would be a tenth of the time, for nothing. Callers keep their values alive up to here.
  static func leave(_ code: ExitCode) -> Never { exit(code.rawValue) }

  static func report(_ error: some CustomStringConvertible) {
    write(Array("pthconv: \(Format.printable(error.description))\n".utf8), to: STDERR_FILENO)
  }
}
