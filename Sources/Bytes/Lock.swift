#if SANITIZE_THREAD
import Glibc

/// `Mutex` for the thread sanitizer, which cannot see that Swift's `Mutex` hands over to a waiting thread, but knows
/// the pthread functions. `scripts/sanitize.sh thread` defines the condition.
package struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  package init(_ initialValue: consuming sending Value) {
    pthread_mutex_init(mutex, nil)
    value.initialize(to: initialValue)
  }

  deinit {
    value.deinitialize(count: 1).deallocate()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value.pointee)
  }
}
#else
import Synchronization

/// A value that one thread at a time may access.
package typealias Lock<Value: ~Copyable> = Mutex<Value>
#endif
