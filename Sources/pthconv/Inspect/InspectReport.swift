import Dispatch
import PthConvKit
import Synchronization

/// What `inspect` found, before it becomes text or JSON.
struct InspectReport {
  let checkpoint: Checkpoint
  let audit: FileAudit
  /// The tensors to show: all, or those that the filter lets through.
  private(set) var tensors: [(name: String, tensor: Tensor)]
  /// In the order of `tensors`; nil where a dtype or a missing storage has no statistics.
  private(set) var statistics: [TensorStatistics?]?
  var checksum: ChecksumReport?
  var printsValues = false
  /// Names of tensors that share storage with others.
  let shared: [[String]]
  /// The backbone recognised in the state dict.
  let detection: Detection?

  /// - Throws: `CheckpointError` if the audit cannot read the file.
  init(_ checkpoint: Checkpoint) throws {
    self.checkpoint = checkpoint
    tensors = checkpoint.stateDict.tensors.map { ($0.key, $0.value) }
    shared = checkpoint.stateDict.sharedStorages
    // The two that take longest have nothing to do with each other.
    let (audit, detection) = concurrently {
      Result { try FileScanner.audit(checkpoint) }
    } _: {
      BackboneRegistry.standard.detect(
        checkpoint.stateDict.keyShapes,
        fileName: checkpoint.fileName)
    }
    self.audit = try audit.get()
    self.detection = detection
  }

  var elementCount: Int { tensors.reduce(0) { $0 &+ $1.tensor.elementCount } }
  var tensorBytes: Int { tensors.reduce(0) { $0 &+ $1.tensor.byteCount } }

  mutating func keep(_ isWanted: (String) -> Bool) { tensors.removeAll { !isWanted($0.name) } }

  /// Computes statistics on all cores.
  mutating func addStatistics() throws {
    let work = tensors
    let progress = Progress("statistics", total: tensorBytes)
    let results = Mutex([TensorStatistics?](repeating: nil, count: work.count))
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: work.count) { index in
      let tensor = work[index].tensor
      do {
        if !tensor.storage.isMeta, tensor.dtype.elementsPerByte == 1,
          !tensor.isExpandedBeyondReason
        {
          let statistics = try TensorStatistics(tensor)
          results.withLock { $0[index] = statistics }
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
      progress.advance(by: tensor.byteCount)
    }
    progress.finish()
    if let failure = failure.withLock({ $0 }) {
      throw InputProblem("\(checkpoint.path): \(failure)")
    }
    statistics = results.withLock { $0 }
  }
}

/// What `--checksum` tells.
struct ChecksumReport {
  let sha256: String
  /// The hexadecimal digits before the extension of a hub-style name; nil for other names.
  let hubHash: String?
  /// Entries of a zip archive that were checked, and those whose CRC is wrong.
  let entryCount: Int?
  let mismatches: [String]

  init(_ checkpoint: Checkpoint) throws {
    let crc = try checkpoint.verifyEntries()
    entryCount = crc?.entryCount
    mismatches = crc?.mismatches ?? []
    let progress = Progress("SHA-256", total: checkpoint.byteCount)
    let hash = try SHA256()
    let window = 1 << 22
    var position = 0
    while position < checkpoint.byteCount {
      let slice = try checkpoint.bytes.slice(
        at: position, count: min(window, checkpoint.byteCount - position))
      hash.update(slice)
      position += slice.count
      progress.advance(by: slice.count)
    }
    progress.finish()
    sha256 = hash.finish()
    hubHash = Self.hubHash(in: checkpoint.fileName)
  }

  var hubMatches: Bool? { hubHash.map { sha256.hasPrefix($0) } }

  /// PyTorch hub's convention: `name-HASH.ext`, at least eight hexadecimal digits of the SHA-256.
  private static func hubHash(in name: String) -> String? {
    guard let match = name.firstMatch(of: /-([0-9a-f]{8,64})\.[^.]*$/) else { return nil }
    return String(match.1)
  }
}
