import Dispatch
import Synchronization

/// A loop on several threads.
enum Parallel {
  /// Runs `body` for every index below `count`, in any order, on at most `threads` threads at once.
  /// Different indices must write to different memory.
  static func forEach(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    guard threads > 1, count > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      // Each thread takes the next index when it is done, since threads may not be equally fast.
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
