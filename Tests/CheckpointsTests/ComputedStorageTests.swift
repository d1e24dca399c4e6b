import Foundation
import OrderedCollections
import PthBytes
import PthTensors
import TestSupport
import Testing

@testable import PthCheckpoints

/// Storages whose bytes are computed: they lie in memory of their own, also where they have a parent.
@Suite struct ComputedStorageTests {
  /// A copy of a storage, as a conjugated view of a compressed one is, is written with its own bytes.
  @Test func aCopyIsNoView() throws {
    let folder = try TemporaryFolder()
    for (number, format) in [OutputFormat.torch, .torchLegacy, .torch, .torchLegacy].enumerated() {
      let values = (0..<1024).map { Float($0) }
      let original = TensorStorage(key: "0", byteCount: 4096) {
        values.withUnsafeBytes { Bytes(Array($0)) }
      }
      let copy = TensorStorage(key: "0", byteCount: 4096, parent: original) {
        values.map { -$0 }.withUnsafeBytes { Bytes(Array($0)) }
      }
      // Either may lie first in memory.
      for storage in number < 2 ? [original, copy] : [copy, original] { _ = try storage.bytes() }
      let path = folder.path("\(number).pth")
      let contents = OutputContents(
        entries: try [("a", original), ("b", copy)].map {
          .init(name: $0, tensor: try Tensor(storage: $1, dtype: .float32, shape: [1024]))
        })
      try OutputWriter(contents, as: format, to: path).write()
      let state = try Checkpoint.open(path).stateDict
      #expect(try state["a"]?.array(of: Float.self) == values)
      #expect(try state["b"]?.array(of: Float.self) == values.map { -$0 })
      #expect(state.sharedStorages.isEmpty)
    }
  }

  /// The values of a sharded set lie in mapped files, as those of one file do.
  @Test func shardsAreAtHand() throws {
    let folder = try TemporaryFolder()
    let contents = OutputContents(
      entries: try ["a", "b"].enumerated().map { index, name in
        .init(name: name, tensor: try Tensor([Float(index), .nan, .infinity, -2], shape: [4]))
      })
    var options = OutputOptions()
    options.shardSize = 16
    try OutputWriter(
      contents, as: .safetensors, to: folder.path("m.safetensors"), options: options
    ).write()
    let checkpoint = try Checkpoint.open(folder.path("m.safetensors.index.json"))
    let survey = ValueSurvey(of: checkpoint.stateDict, elementLimit: 100)
    #expect(checkpoint.shards.count == 2)
    for (key, tensor) in checkpoint.stateDict.tensors {
      let bytes = try #require(tensor.storage.bytesAtHand)
      #expect(MappedFile.origin(of: bytes) != nil)
      #expect(tensor.storage.shard != nil)
      #expect(survey[key]?.isFinite == false)
      #expect(survey[key]?.extremes == -2...Double.infinity)
    }
  }

  /// Infinite elements count in every dtype and layout.
  @Test func extremesHoldInfinities() throws {
    let values: [Float] = [1, -.infinity, 3, .nan, 5, 2]
    let whole = try Tensor(values, shape: [6])
    let column = try Tensor(
      storage: whole.storage, dtype: .float32, shape: [3], strides: [2])
    #expect(try whole.extremes() == -Double.infinity...5)
    #expect(try column.extremes() == 1...5)
    for dtype in [DType.float16, .bfloat16, .float64] {
      #expect(try whole.cast(to: dtype).extremes() == -Double.infinity...5, "\(dtype)")
    }
    let single = try Tensor([Double.infinity, .nan], shape: [2])
    #expect(try single.extremes() == Double.infinity...Double.infinity)
    #expect(try Tensor([Double.nan], shape: [1]).extremes() == nil)
    #expect(try Tensor([Float.nan], shape: [1]).extremes() == nil)
  }
}
