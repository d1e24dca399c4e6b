import PthBytes
import Synchronization
import Dispatch
import PthBackbones
import PthCheckpoints
import PthKeyMapping
import PthPickle
import PthTensors

/// The report of `inspect`, before it becomes text or JSON.
package struct InspectReport {
  package let checkpoint: Checkpoint
  package let audit: FileAudit
  /// The tensors to show: all, or those that ``keep(_:)`` left.
  private(set) var tensors: [(name: String, tensor: Tensor)]
  /// In the order of ``tensors``; nil for packed dtypes, meta tensors and views expanded beyond the limit.
  private(set) var statistics: [TensorStatistics?]?
  /// In the order of ``tensors``, nil for the same ones as ``statistics``.
  private(set) var histograms: [TensorHistogram?]?
  package var checksum: ChecksumReport?
  package var printsValues = false
  /// Groups of tensor names that share one storage.
  package let shared: [[String]]
  /// The backbone detected in the state dict; nil if none was.
  package let detection: Detection?

  /// - Throws: `CheckpointError` if the audit cannot read the file.
  package init(_ checkpoint: Checkpoint) throws {
    self.checkpoint = checkpoint
    tensors = checkpoint.stateDict.tensors.map { ($0.key, $0.value) }
    shared = checkpoint.stateDict.sharedStorages
    // The audit and the detection take longest and do not depend on each other.
    let (audit, detection) = concurrently {
      Result { try FileScanner.audit(checkpoint) }
    } _: {
      BackboneRegistry.standard.detect(
        checkpoint.stateDict.keyShapes,
        hints: checkpoint.hints)
    }
    self.audit = try audit.get()
    self.detection = detection
  }

  package var elementCount: Int { .saturatingSum(tensors.map(\.tensor.elementCount)) }
  package var tensorBytes: Int { .saturatingSum(tensors.map(\.tensor.byteCount)) }

  package mutating func keep(_ isWanted: (String) -> Bool) {
    tensors.removeAll { !isWanted($0.name) }
  }

  /// Computes statistics on all cores.
  ///
  /// - Parameters:
  ///   - withHistograms: Whether histograms are computed as well.
  ///   - progress: Called from any thread after each tensor with its number of bytes.
  /// - Throws: ``InputProblem`` if the elements of a tensor cannot be read.
  package mutating func addStatistics(
    withHistograms: Bool = false, progress: @Sendable (Int) -> Void = { _ in }
  ) throws {
    let work = tensors
    let results = Lock([TensorStatistics?](repeating: nil, count: work.count))
    let counted = Lock([TensorHistogram?](repeating: nil, count: work.count))
    let failure = Lock<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: work.count) { index in
      let tensor = work[index].tensor
      do {
        if !tensor.storage.isMeta, !tensor.dtype.isPacked,
          !tensor.exceedsExpansionLimit
        {
          let statistics = try TensorStatistics(tensor)
          results.withLock { $0[index] = statistics }
          if withHistograms {
            let histogram = try TensorHistogram(tensor, statistics)
            counted.withLock { $0[index] = histogram }
          }
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
      progress(tensor.byteCount)
    }
    if let failure = failure.withLock({ $0 }) {
      throw InputProblem("\(checkpoint.path): \(failure)")
    }
    statistics = results.withLock { $0 }
    if withHistograms { histograms = counted.withLock { $0 } }
  }
}
