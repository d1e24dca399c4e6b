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
    let wrong = Mutex<[String]>([])
    let rounds = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      var index = thread
      repeat {
        let file = index % files.count
        if Self.digest(try? Checkpoint.open(files[file])) != alone[file]
          || Self.digest(shared[file]) != alone[file]
        {
          wrong.withLock { $0.append(files[file]) }
        }
        _ = try? FileScanner.scan(files[file])
        if thread % 16 == 0 {
          let mapped = try? load(demo, into: .res2net(scales: 4)).report.coverage.total.ofKeys
          let same = try? Self.digest(engine.run(input, observe: nil))
          if mapped != 1 || same != output { wrong.withLock { $0.append("\(demo)") } }
        }
        index += 7
        rounds.add(1, ordering: .relaxed)
      } while Date() < end
    }
    #expect(wrong.withLock { $0 }.isEmpty)
    #expect(rounds.load(ordering: .relaxed) >= threads)
  }

  private static func digest(_ state: StateDict) throws -> Int {
    try state.tensors.values.reduce(0) { sum, tensor in
      try tensor.contiguousBytes().withUnsafeBytes { $0.reduce(sum) { $0 &* 31 &+ Int($1) } }
    }
  }
}
