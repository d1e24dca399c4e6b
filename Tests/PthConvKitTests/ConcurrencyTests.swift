import Foundation
import OrderedCollections
import PthBytes
import PthCheckpoints
import PthConvKit
import PthEngines
import PthTensors
import Synchronization
import Testing

/// Many threads open, read, scan, map and run the same and other files. `make sanitize` runs this
/// for a minute with the thread sanitizer.
@Suite struct ConcurrencyTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures").path

  /// Files of all formats, compressed and big-endian ones, too.
  private static let files: [String] = {
    let folder = "\(fixtures)/checkpoints"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { !$0.hasSuffix(".json") && !$0.contains("sharded") }.sorted()
      .map { "\(folder)/\($0)" }
  }()

  /// The sum of all elements' bytes of a file; nil if it cannot be read.
  private static func digest(_ checkpoint: Checkpoint?) -> Int? {
    checkpoint?.stateDict.tensors.values.reduce(into: 0) { sum, tensor in
      guard tensor.elementCount < 1 << 16, let bytes = try? tensor.contiguousBytes() else { return }
      sum = bytes.withUnsafeBytes { $0.reduce(sum) { $0 &* 31 &+ Int($1) } }
    }
  }

  @Test func threadsSeeWhatOneThreadSees() throws {
    let seconds =
      ProcessInfo.processInfo.environment["PTHCONV_STRESS_SECONDS"].flatMap(Double.init) ?? 2
    let threads = 64
    let files = Self.files
    #expect(files.count > 100)
    let alone = files.map { Self.digest(try? Checkpoint.open($0)) }
    // Storages that are inflated or swapped on first use, by all threads at once.
    let shared = files.map { try? Checkpoint.open($0) }
    let demo = "\(Self.fixtures)/demo/res2net-small.pth"
    let input = try Tensor(
      storage: TensorStorage(key: "", bytes: Bytes([UInt8](repeating: 0, count: 3 * 32 * 32 * 4))),
      dtype: .float32, shape: [1, 3, 32, 32])
    let backbone = try load(demo, into: .res2net(scales: 4))
    let engine = try ReferenceEngine(graph: backbone.graph, weights: backbone.weights)
    let output = try Self.digest(engine.run(input, observe: nil))
    let end = Date(timeIntervalSinceNow: seconds)
    let outcome = Outcome()
    let group = DispatchGroup()
    for thread in 0..<threads {
      group.enter()
      // A thread of its own: Dispatch would run as many at once as there are processors.
      Thread.detachNewThread {
        var index = thread
        repeat {
          let file = index % files.count
          outcome.note(
            files[file],
            isRight: Self.digest(try? Checkpoint.open(files[file])) == alone[file]
              && Self.digest(shared[file]) == alone[file])
          _ = try? FileScanner.scan(files[file])
          if thread % 16 == 0 {
            let mapped = try? load(demo, into: .res2net(scales: 4)).report.coverage.total.ofKeys
            let same = try? Self.digest(engine.run(input, observe: nil))
            outcome.note(demo, isRight: mapped == 1 && same == output)
          }
          index += 7
        } while Date() < end
        group.leave()
      }
    }
    group.wait()
    #expect(outcome.wrong.withLock { $0 }.isEmpty)
    #expect(outcome.rounds.load(ordering: .relaxed) >= threads)
  }

  /// What the threads found.
  private final class Outcome: Sendable {
    let wrong = Lock<Set<String>>([])
    let rounds = Atomic(0)

    func note(_ file: String, isRight: Bool) {
      rounds.add(1, ordering: .relaxed)
      if !isRight { wrong.withLock { _ = $0.insert(file) } }
    }
  }

  private static func digest(_ state: StateDict) throws -> Int {
    try state.tensors.values.reduce(0) { sum, tensor in
      try tensor.contiguousBytes().withUnsafeBytes { $0.reduce(sum) { $0 &* 31 &+ Int($1) } }
    }
  }
}
