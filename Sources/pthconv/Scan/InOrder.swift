import Dispatch
import PthBytes
import Synchronization

/// Does `work` on all cores, 64 items at a time, and passes the results to `body` in the order of the items.
///
/// - Parameter announce: Called with the items of the next 64, for example to read them ahead.
func inOrder<Item: Sendable, Result: Sendable>(
  _ items: [Item], announce: (Item) -> Void = { _ in }, _ work: @Sendable (Item) -> Result,
  _ body: (Result) -> Void
) {
  // For a single item, starting threads would take longer than the work.
  guard items.count > 1 else { return items.forEach { body(work($0)) } }
  let maximumPending = 64
  for start in stride(from: 0, to: items.count, by: maximumPending) {
    let end = min(start + maximumPending, items.count)
    let batch = items[start..<end]
    items[end..<min(end + maximumPending, items.count)].forEach(announce)
    let results = Lock([Result?](repeating: nil, count: batch.count))
    DispatchQueue.concurrentPerform(iterations: batch.count) { index in
      let result = work(batch[start + index])
      results.withLock { $0[index] = result }
    }
    for result in results.withLock({ $0 }) {
      if let result { body(result) }
    }
  }
}
