import Foundation

/// The process's memory, from the kernel.
enum Memory {
  /// Bytes by which `body` raises the peak of resident memory; other tests that run at the same
  /// time count too.
  static func growth(_ body: () throws -> Void) throws -> Int {
    let before = try peak()
    try body()
    return try peak() - before
  }

  private static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let digits = line.map { $0.filter(\.isNumber) } ?? ""
    guard let kilobytes = Int(digits) else { throw CocoaError(.fileReadCorruptFile) }
    return kilobytes << 10
  }
}
