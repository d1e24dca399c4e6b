import Glibc
import Synchronization
import PthReports
import PthBytes

/// A progress bar with the time left on standard error, shown only on a terminal and only for longer work.
final class Progress: Sendable {
  private struct State {
    var done = 0
    var lastShown: UInt64 = 0
    var isVisible = false
  }
  private let total: Int
  private let countsBytes: Bool
  private let label: String
  private let started = Progress.now()
  private let state = Lock(State())

  /// - Parameters:
  ///   - total: The amount of work.
  ///   - countsBytes: Whether the work is counted in bytes, so that a rate is shown.
  init(_ label: String, total: Int, countsBytes: Bool = true) {
    self.countsBytes = countsBytes
    self.label = label
    self.total = max(total, 1)
  }

  /// Does work with a progress bar, which is removed at the end.
  static func showing<Result>(
    _ label: String, total: Int, countsBytes: Bool = true, _ work: (Progress) throws -> Result
  ) rethrows -> Result {
    let progress = Progress(label, total: total, countsBytes: countsBytes)
    defer { progress.finish() }
    return try work(progress)
  }

  /// Adds finished work; may be called from any thread.
  func advance(by amount: Int) {
    guard Terminal.showsProgress else { return }
    state.withLock { state in
      state.done += amount
      let time = Self.now()
      // The bar appears after 0.3 s and is redrawn at most ten times a second.
      guard time - started > 300_000_000, time - state.lastShown > 100_000_000 else { return }
      state.lastShown = time
      state.isVisible = true
      let share = min(1, Double(state.done) / Double(total))
      let seconds = Double(time - started) / 1e9
      let rate =
        countsBytes ? Format.bytes(Int(Double(state.done) / seconds)) + "/s  " : ""
      let left = Int((seconds / max(share, 1e-6) * (1 - share)).rounded(.up))
      let width = 30
      let filled = Int(share * Double(width))
      let bar =
        String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      Terminal.write(
        Array(
          "\r\(label) \(bar) \(Int(share * 100)) %  \(rate)\(Self.clock(left)) left\u{1b}[K".utf8),
        to: STDERR_FILENO)
    }
  }

  /// Removes the bar.
  func finish() {
    state.withLock { state in
      if state.isVisible { Terminal.write(Array("\r\u{1b}[K".utf8), to: STDERR_FILENO) }
      state.isVisible = false
    }
  }

  /// `9 s`, `3:05`
  private static func clock(_ seconds: Int) -> String {
    guard seconds >= 60 else { return "\(seconds) s" }
    let rest = seconds % 60
    return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
