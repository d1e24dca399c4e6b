import PthBytes
import Synchronization
import Glibc
import PthTensors

/// Writes a laid-out file with up to four threads, each with a small window: one thread fills its window while the
/// kernel writes another's.
///
/// Written bytes are sent to the disk at once, so that the sync at the end has little to wait for.
package struct LayoutWriter: Sendable {
  let layout: FileLayout
  let file: AtomicFile
  /// Called after each window with the number of bytes in it, from any thread.
  let progress: @Sendable (Int) -> Void

  package init(
    layout: FileLayout, file: AtomicFile, progress: @escaping @Sendable (Int) -> Void
  ) {
    self.layout = layout
    self.file = file
    self.progress = progress
  }

  /// Consecutive records that one thread writes.
  private struct Batch {
    let records: Range<Int>
    let offset: Int
    let count: Int
  }

  private struct State {
    var next = 0
    var checksums: [UInt32]
    /// Number of elements that became infinite, by tensor index.
    var overflows: [Int: Int] = [:]
    var failure: (any Error)?
  }

  /// Large enough that threads seldom wait for each other, small enough that the disk starts early.
  private static let batchSize = 4 << 20
  private static let threadCount = min(4, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// - Returns: the number of elements that became infinite, by tensor index.
  /// - Throws: ``WriteError``, and any error from reading a tensor.
  @discardableResult
  package func run() throws -> [Int: Int] {
    let size = layout.byteCount
    try file.reserve(size)
    let batches = batches()
    let state = Lock(State(checksums: [UInt32](repeating: 0, count: layout.records.count)))
    onThreads(min(Self.threadCount, batches.count)) {
      var writer = WindowWriter(file: file, progress: progress)
      while let batch = state.withLock({ state -> Batch? in
        guard state.failure == nil, state.next < batches.count else { return nil }
        state.next += 1
        return batches[state.next - 1]
      }) {
        do {
          writer.begin(at: batch.offset)
          var checksums: [UInt32] = []
          for index in batch.records { checksums.append(try writer.put(layout.records[index])) }
          try writer.flush()
          file.startWriteback(at: batch.offset, count: batch.count)
          let overflows = writer.takeOverflows()
          state.withLock { state in
            state.checksums.replaceSubrange(batch.records, with: checksums)
            state.overflows.merge(overflows, uniquingKeysWith: +)
          }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    let (checksums, overflows, failure) = state.withLock {
      ($0.checksums, $0.overflows, $0.failure)
    }
    if let failure { throw failure }
    let closing = layout.closing(checksums)
    try closing.withUnsafeBytes { try file.write($0, at: size - closing.count) }
    return overflows
  }

  /// Runs `work` on this thread and `count` - 1 others.
  private func onThreads(_ count: Int, _ work: @escaping @Sendable () -> Void) {
    guard count > 1 else { return work() }
    _ = concurrently({ onThreads(count - 1, work) }, work)
  }

  private func batches() -> [Batch] {
    var batches: [Batch] = []
    var (first, start, position) = (0, 0, 0)
    for (index, record) in layout.records.enumerated() {
      position += record.byteCount
      if position - start >= Self.batchSize || index == layout.records.count - 1 {
        batches.append(Batch(records: first..<index + 1, offset: start, count: position - start))
        (first, start) = (index + 1, position)
      }
    }
    return batches
  }
}
