import Dispatch
import Synchronization

/// A loop on several threads.
enum Parallel {
  /// Runs `body` for every index below `count`, in any order, on at most `threads` threads at once;
  /// what it writes must depend on its index.
  static func forEach(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    guard threads > 1, count > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      // A thread that is done takes the next index: threads need not be equally fast.
      let next = Atomic(0)
      DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          body(index)
        }
      }
    }
  }
}
