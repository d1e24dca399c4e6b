import CPthForkGate

/// Runs `body` so that a fork of the process waits for its end: the child of a fork never gets a lock that another
/// thread held at that moment.
///
/// For locks of the process, or of objects that a caller keeps between calls. Whoever takes such a lock takes it
/// inside of this function only, and keeps it for a short time.
package func forksWait<Result: ~Copyable, Failure: Error>(
  for body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  fork_gate_enter()
  defer { fork_gate_leave() }
  return try body()
}
