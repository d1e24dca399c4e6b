import Dispatch
import PthBytes
import Synchronization

/// Does `work` on all cores, a few items at a time, and hands the results to `body` in the order of
/// the items.
///
/// - Parameter announce: Told items that are worked on soon.
func inOrder<Item: Sendable, Result: Sendable>(
  _ items: [Item], announce: (Item) -> Void = { _ in }, _ work: @Sendable (Item) -> Result,
  _ body: (Result) -> Void
) {
  // Starting threads takes longer than most files do.
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
