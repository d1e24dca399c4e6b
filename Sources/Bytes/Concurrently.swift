import Glibc
import Synchronization

/// Runs `other` on a new thread while `body` runs on this one, and waits for both.
///
/// This uses a bare thread because the first use of Dispatch starts three threads and a timer, which takes 1 ms of a
/// command that takes ten. If no thread can be created, `other` runs after `body`.
package func concurrently<A, B: Sendable>(
  _ body: () -> A, _ other: @escaping @Sendable () -> B
) -> (A, B) {
  let result = ThreadResult<B>()
  let work = Unmanaged.passRetained(ThreadWork { result.value.withLock { $0 = other() } })
  var thread = pthread_t()
  let failure = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<ThreadWork>.fromOpaque(context!).takeRetainedValue().run()
      return nil
    }, work.toOpaque())
  let mine = body()
  if failure == 0 { pthread_join(thread, nil) } else { work.takeRetainedValue().run() }
  guard let theirs = result.value.withLock({ $0 }) else {
    preconditionFailure("the work has run")
  }
  return (mine, theirs)
}

private final class ThreadResult<Value: Sendable>: Sendable {
  let value = Lock<Value?>(nil)
}

private final class ThreadWork {
  let run: () -> Void

  init(_ run: @escaping () -> Void) { self.run = run }
}
