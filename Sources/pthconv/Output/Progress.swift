import Glibc
import Synchronization

/// A progress bar on standard error, shown only on a terminal and only for work that takes time.
final class Progress: Sendable {
  private struct State {
    var done = 0
    var lastShown: UInt64 = 0
    var isVisible = false
  }
  private let total: Int
  private let label: String
  private let started = Progress.now()
  private let state = Mutex(State())

  /// - Parameter total: The amount of work, in any unit.
  init(_ label: String, total: Int) {
    self.label = label
    self.total = max(total, 1)
  }

  /// Adds finished work; may be called from any thread.
  func advance(by amount: Int) {
    guard Terminal.showsProgress else { return }
    state.withLock { state in
      state.done += amount
      let time = Self.now()
      // Nothing for the first third of a second, then ten times a second at most.
      guard time - started > 300_000_000, time - state.lastShown > 100_000_000 else { return }
      state.lastShown = time
      state.isVisible = true
      let share = Double(state.done) / Double(total)
      let width = 30
      let filled = Int(share * Double(width))
      let bar =
        String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      Terminal.write(
        Array("\r\(label) \(bar) \(Int(share * 100)) %".utf8), to: STDERR_FILENO)
    }
  }

  /// Removes the bar.
  func finish() {
    state.withLock { state in
      if state.isVisible { Terminal.write(Array("\r\u{1b}[K".utf8), to: STDERR_FILENO) }
      state.isVisible = false
    }
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
