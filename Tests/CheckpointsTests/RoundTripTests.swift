import PthPickle
import OrderedCollections
import PthBytes
import Foundation
import PthTensors
import TestSupport
import Testing

@testable import PthCheckpoints

/// Every fixture written in every format and read back: the same bits under the same names.
@Suite struct RoundTripTests {
  /// Those that can be read: which ones are, other tests say.
  private static let fixtures = Fixtures.names(in: "checkpoints").filter {
    (try? Checkpoint.open(Fixtures.path($0))) != nil
  }

  /// Most state dicts are held whole; the others are empty, or of types that a format has not.
  @Test(arguments: OutputFormat.all.map(\.name))
  func formatsHoldWhatTheyAreFor(_ name: String) throws {
    let format = try #require(OutputFormat.named(name))
    var whole = 0
    for fixture in Self.fixtures {
      let contents = OutputContents(try Checkpoint.open(Fixtures.path(fixture)).stateDict)
      let kept = try possible(contents, in: format).entries.count
      whole += kept == contents.entries.count && kept > 0 ? 1 : 0
    }
    #expect(Self.fixtures.count > 120)
    #expect(whole > Self.fixtures.count * 6 / 10)
  }

  @Test(arguments: fixtures, OutputFormat.all.map(\.name))
  func isBitIdentical(fixture: String, format name: String) throws {
    let state = try Checkpoint.open(Fixtures.path(fixture)).stateDict
    let format = try #require(OutputFormat.named(name))
    let possible = try possible(OutputContents(state), in: format)
    // An archive of no arrays is nothing that numpy or this reader takes.
    if possible.entries.isEmpty, name == "npz" { return }
    let folder = try TemporaryFolder()
    for keepsViews in [false, true] {
      var options = OutputOptions()
      options.keepsViews = keepsViews
      options.replaces = true
      let path = folder.path("out." + (format.extensions.first ?? "pth"))
      let summary = try OutputWriter(possible, as: format, to: path, options: options).write()
      #expect(try summary.byteCount == Data(contentsOf: URL(filePath: path)).count)
      let back = try Checkpoint.open(path)
      #expect(back.format.rawValue == (name == "torch" ? "torch-zip" : name))
      try expectSame(possible, back.stateDict, "\(fixture) as \(name)")
      let audit = try FileScanner.audit(back)
      #expect(audit.verdict == .safe && audit.warnings.isEmpty)
      #expect(back.pickles.isEmpty || audit.weightsOnly == .accepted)
    }
  }

  /// What the format can hold; that the rest is refused, and named, is part of the test.
  private func possible(_ contents: OutputContents, in format: OutputFormat) throws
    -> OutputContents
  {
    var contents = contents
    while true {
      do {
        try format.check(contents, path: "out")
        return contents
      } catch {
        let name = try #require(error.part)
        contents.entries.removeAll { $0.name == name }
      }
    }
  }

  private func expectSame(
    _ contents: OutputContents, _ state: StateDict, _ comment: Comment
  ) throws {
    #expect(Set(state.keys) == Set(contents.entries.map(\.name)), comment)
    for entry in contents.entries {
      let tensor = try #require(state[entry.name], comment)
      #expect(tensor.dtype == entry.tensor.dtype, comment)
      #expect(tensor.shape == entry.tensor.shape, comment)
      let (a, b) = (try tensor.contiguousBytes(), try entry.tensor.contiguousBytes())
      #expect(a.count == b.count && (0..<a.count).allSatisfy { a[$0] == b[$0] }, comment)
    }
  }

  /// What PyTorch wrote comes out byte for byte, but for the serialization id, which is a hash.
  @Test func isTheFileThatPyTorchWrites() throws {
    let name = "zip-parametrized-state"
    let folder = try TemporaryFolder()
    let source = Fixtures.path("checkpoints/\(name).pth")
    let path = folder.path("\(name).pth")
    let contents = OutputContents(try Checkpoint.open(source).stateDict)
    try OutputWriter(contents, as: .torch, to: path).write()
    func masked(_ path: String) throws -> Data {
      var data = try Data(contentsOf: URL(filePath: path))
      let id = "\(name)/.data/serialization_id"
      let directory = try ZipDirectory(parsing: Bytes(data))
      var headers = ExcerptReader(Bytes(data))
      let entry = try #require(directory.entry(named: id))
      let start = try directory.dataOffset(of: entry, in: &headers)
      let record = try #require(data.range(of: Data(id.utf8), options: .backwards)).lowerBound - 46
      // The id, its CRC in the descriptor, and that in the directory.
      for range in [start..<start + 40, start + 44..<start + 48, record + 16..<record + 20] {
        data.resetBytes(in: range)
      }
      return data
    }
    #expect(try masked(path) == masked(source))
  }

  @Test func sharedStoragesAreWrittenOnce() throws {
    let bytes = Bytes((0..<80).map { UInt8($0) })
    let storage = TensorStorage(key: "0", bytes: bytes)
    let whole = try Tensor(storage: storage, dtype: .float32, shape: [20])
    let half = try Tensor(
      storage: storage, dtype: .float32, shape: [2, 5], strides: [1, 2], storageOffset: 10)
    let folder = try TemporaryFolder()
    for (name, format) in [("a.pth", OutputFormat.torch), ("b.pth", .torchLegacy)] {
      let contents = OutputContents(entries: [
        .init(name: "tied", tensor: whole), .init(name: "again", tensor: whole),
        .init(name: "view", tensor: half),
      ])
      let path = folder.path(name)
      try OutputWriter(contents, as: format, to: path).write()
      let state = try Checkpoint.open(path).stateDict
      #expect(state.sharedStorages == [["tied", "again", "view"]])
      #expect(state["view"]?.strides == [1, 2])
      #expect(state["view"]?.storageOffset == 10)
    }
    // A small view alone does not bring its storage along, unless it is asked to.
    let contents = OutputContents(entries: [.init(name: "view", tensor: half)])
    var options = OutputOptions()
    for (keepsViews, count) in [(false, 40), (true, 80)] {
      options.keepsViews = keepsViews
      let path = folder.path("view-\(keepsViews).pth")
      try OutputWriter(contents, as: .torch, to: path, options: options).write()
      #expect(try Checkpoint.open(path).stateDict["view"]?.storage.byteCount == count)
    }
  }

  @Test func storagesAreAligned() throws {
    let folder = try TemporaryFolder()
    let state = try Checkpoint.open(Fixtures.path("checkpoints/zip-dtypes.pth")).stateDict
    for (name, format) in [("a.pth", OutputFormat.torch), ("a.npz", .npz)] {
      let path = folder.path(name)
      let contents = try possible(OutputContents(state), in: format)
      try OutputWriter(contents, as: format, to: path).write()
      let written = try Checkpoint.open(path)
      for tensor in written.stateDict.tensors.values {
        #expect(try #require(tensor.fileOffset) % 64 == 0)
      }
      let (count, mismatches) = try #require(try written.verifyEntries())
      #expect(count >= contents.entries.count && mismatches.isEmpty)
    }
  }

  @Test func shardsAreCutBySizeAndIndexed() throws {
    let folder = try TemporaryFolder()
    let state = try Checkpoint.open(Fixtures.path("checkpoints/zip-dtypes.pth")).stateDict
    for (name, format) in [("m.safetensors", OutputFormat.safetensors), ("m.pth", .torch)] {
      let contents = try possible(OutputContents(state), in: format)
      let largest = try #require(contents.entries.map(\.byteCount).max())
      var options = OutputOptions()
      options.shardSize = largest
      let path = folder.path(name)
      let summary = try OutputWriter(contents, as: format, to: path, options: options).write()
      #expect(summary.files.count > 2)
      #expect(!FileManager.default.fileExists(atPath: path))
      let back = try Checkpoint.open(path + ".index.json")
      try expectSame(contents, back.stateDict, "\(name)")
      for shard in back.shards { #expect(shard.stateDict.byteCount <= largest) }
      // What fits into one file is one.
      options.shardSize = contents.byteCount
      #expect(
        try OutputWriter(contents, as: format, to: path, options: options).write().files.map(\.path)
          == [path])
    }
  }

  @Test func equalNamesAndImpossibleTypesAreRefused() throws {
    func tensor(_ dtype: DType) throws -> Tensor {
      let bytes = Bytes([UInt8](repeating: 0, count: 16))
      return try Tensor(storage: TensorStorage(key: "", bytes: bytes), dtype: dtype, shape: [1])
    }
    let one = try tensor(.bfloat16)
    let twice = OutputContents(entries: [
      .init(name: "a", tensor: one), .init(name: "a", tensor: one),
    ])
    let cases: [(OutputContents, OutputFormat, String)] = [
      (twice, .torch, "two tensors would have this name"),
      (OutputContents(entries: [.init(name: "a", tensor: one)]), .npz, "cannot hold bfloat16"),
      (
        OutputContents(entries: [.init(name: "a", tensor: try tensor(.complex128))]), .safetensors,
        "cannot hold complex128"
      ),
      (
        OutputContents(entries: [.init(name: "__metadata__", tensor: one)]), .safetensors,
        "reserved name"
      ),
      (
        OutputContents(entries: [
          .init(name: String(repeating: "x", count: 65_532), tensor: try tensor(.float32))
        ]), .npz, "65,531 bytes"
      ),
    ]
    for (contents, format, text) in cases {
      let error = #expect(throws: WriteError.self) { try format.check(contents, path: "out") }
      #expect(error?.description.contains(text) == true)
    }
  }
}
