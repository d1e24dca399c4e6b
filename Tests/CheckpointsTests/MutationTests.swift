import OrderedCollections
import PthBytes
import Foundation
import PthPickle
import PthTensors
import TestSupport
import Testing

@testable import PthCheckpoints

/// Damaged files: each fixture cut off at every 64th of its length and with bytes changed at
/// random. Reading them ends, in a value or in a `CheckpointError`; any other error fails a test,
/// and a crash fails them all.
@Suite struct MutationTests {
  private static let seed: UInt64 = 0x5eed
  private static let changedCopies = 200

  /// Single files; what a sharded set's index says is read by other tests.
  static let names: [String] = {
    let checkpoints = Fixtures.names(in: "checkpoints").filter { !$0.contains("sharded") }
    return checkpoints + Fixtures.names(in: "pickles") + ["hostile/memo-bomb.pkl"]
  }()

  @Test func fixturesAreThere() {
    #expect(Self.names.count > 140)
  }

  @Test(arguments: names)
  func survivesTruncation(_ name: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(filePath: Fixtures.path(name))))
    for part in 0..<64 {
      try Self.read(Array(original.prefix(original.count * part / 64)), "\(name) cut at \(part)/64")
    }
  }

  @Test(arguments: names)
  func survivesChangedBytes(_ name: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(filePath: Fixtures.path(name))))
    try #require(!original.isEmpty)
    // Other changes for each file, and the same in each run.
    let hash = name.utf8.reduce(Self.seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    var random = SplitMix64(state: hash)
    for copy in 0..<Self.changedCopies {
      try Self.read(Self.change(original, &random), "\(name), changed copy \(copy)")
    }
  }

  /// One to eight changes, each of a kind that parsers trip over. Half of them hit the first or
  /// last kilobyte, where headers and directories are.
  private static func change(_ original: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = original
    for _ in 0...Int(random.next() % 8) {
      let near = Int(random.next() % UInt64(min(bytes.count, 1024)))
      let anywhere = Int(random.next() % UInt64(bytes.count))
      let position = [near, bytes.count - 1 - near, anywhere, anywhere][Int(random.next() % 4)]
      switch random.next() % 6 {
      case 0: bytes[position] ^= 1 << UInt8(random.next() % 8)
      case 1: bytes[position] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes[position] = [0, 0x7f, 0x80, 0xff][Int(random.next() % 4)]
      case 3: bytes[position] &+= random.next() % 2 == 0 ? 1 : 255
      case 4:
        // A 32-bit number at its limits.
        for index in position..<min(position + 4, bytes.count) { bytes[index] = 0xff }
      default:
        // A piece of the file in another place.
        let source = Int(random.next() % UInt64(bytes.count))
        let count = min(Int(random.next() % 32), bytes.count - max(position, source))
        for index in 0..<max(0, count) { bytes[position + index] = original[source + index] }
      }
    }
    return bytes
  }

  /// Opens, reads every tensor, renders the metadata, and scans.
  private static func read(_ mutated: [UInt8], _ what: String) throws {
    let bytes = Bytes(mutated)
    do {
      let checkpoint = try Checkpoint(bytes, path: what, allowsIndex: false)
      _ = checkpoint.metadata
      _ = checkpoint.stateDict.sharedStorages
      for tensor in checkpoint.stateDict.tensors.values { try readElements(tensor) }
    } catch {
      #expect(isExpected(error), "\(what): \(error)")
    }
    do {
      _ = try FileScanner.scan(bytes, path: what)
    } catch {
      #expect(isExpected(error), "scan of \(what): \(error)")
    }
  }

  /// A few bytes may claim a view of terabytes: those are not copied out.
  private static func readElements(_ tensor: Tensor) throws {
    guard tensor.elementCount <= 1 << 22 else { return }
    do {
      let bytes = try tensor.contiguousBytes()
      #expect(bytes.count == tensor.byteCount)
      // What is inflated or swapped on demand is the same each time.
      let again = try tensor.contiguousBytes()
      #expect(data(bytes) == data(again))
    } catch {
      #expect(isExpected(error), "\(error)")
    }
  }

  private static func data(_ bytes: Bytes) -> Data { bytes.withUnsafeBytes { Data($0) } }

  /// Whether an error is one of those that `Checkpoint.open` turns into a `CheckpointError`.
  private static func isExpected(_ error: any Error) -> Bool {
    error is CheckpointError || error is PickleError || error is TensorError
      || error is OutOfBounds
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
