import Glibc
import Synchronization

/// Runs `other` on a thread of its own while `body` runs on this one.
///
/// A bare thread, since the first use of Dispatch starts three and a timer: a millisecond that a
/// command of ten milliseconds feels. Where no thread can be had, one runs after the other.
func concurrently<A, B: Sendable>(
  _ body: () -> A, _ other: @escaping @Sendable () -> B
) -> (A, B) {
  let work = ThreadWork(other)
  var thread = pthread_t()
  let context = Unmanaged.passRetained(work)
  let failure = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<AnyThreadWork>.fromOpaque(context!).takeRetainedValue().run()
      return nil
    }, context.toOpaque())
  let mine = body()
  if failure == 0 {
    pthread_join(thread, nil)
  } else {
    context.release()
    work.run()
  }
  return (mine, work.finished)
}

private class AnyThreadWork {
  func run() {}
}

private final class ThreadWork<Result>: AnyThreadWork {
  private let body: () -> Result
  private var result: Result?

  init(_ body: @escaping () -> Result) { self.body = body }

  override func run() { result = body() }

  /// What the work gave; there after `run` and a join.
  var finished: Result {
    guard let result else { preconditionFailure("the thread has been joined") }
    return result
  }
}
