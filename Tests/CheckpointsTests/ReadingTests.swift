import OrderedCollections
import PthBytes
import Foundation
import PthTensors
import TestSupport
import Testing

@testable import PthCheckpoints

@Suite struct ReadingTests {
  @Test func fixturesAreThere() {
    #expect(Fixtures.names(in: "checkpoints").count > 80)
  }

  /// Names, order, dtypes, shapes, strides, offsets and bytes of every fixture as PyTorch has them.
  @Test(arguments: Fixtures.names(in: "checkpoints"))
  func readsWhatPyTorchReads(_ name: String) throws {
    let truth: CheckpointTruth = try Fixtures.truth(name)
    if let error = truth.error {
      let thrown = #expect(throws: CheckpointError.self) {
        try Checkpoint.open(Fixtures.path(name))
      }
      #expect(thrown?.description.contains(error.split(separator: " ").last ?? "") == true)
      return
    }
    let checkpoint = try Checkpoint.open(Fixtures.path(name))
    #expect(checkpoint.format.rawValue == truth.format)
    #expect(checkpoint.byteOrder.rawValue == truth.byte_order)
    #expect(checkpoint.stateDictKey == truth.state_dict_key)
    let tensors = checkpoint.stateDict.tensors
    let expected = try #require(truth.tensors)
    // A sharded index has no order of its own: JSON objects are unordered.
    if checkpoint.shards.isEmpty {
      #expect(Array(tensors.keys) == expected.map(\.name))
    } else {
      #expect(Set(tensors.keys) == Set(expected.map(\.name)))
    }
    for entry in expected {
      let tensor = try #require(tensors[entry.name], "\(entry.name) is missing")
      #expect(tensor.dtype.rawValue == entry.dtype, "\(entry.name)")
      #expect(tensor.shape == entry.shape, "\(entry.name)")
      #expect(tensor.strides == entry.stride, "\(entry.name)")
      #expect(tensor.storageOffset == entry.storage_offset, "\(entry.name)")
      if let digest = entry.sha256 {
        let ours = try SHA256.hexDigest(of: try tensor.contiguousBytes())
        #expect(ours == digest, "\(entry.name)")
      } else {
        #expect(tensor.storage.isMeta, "\(entry.name)")
      }
    }
  }

  /// Tensors that share a storage in PyTorch share one here, and no others do.
  @Test(arguments: Fixtures.names(in: "checkpoints"))
  func sharesWhatPyTorchShares(_ name: String) throws {
    let truth: CheckpointTruth = try Fixtures.truth(name)
    guard let shared = truth.shared else { return }
    let checkpoint = try Checkpoint.open(Fixtures.path(name))
    let groups = checkpoint.stateDict.sharedStorages.map { Set($0) }
    #expect(Set(groups) == Set(shared.map { Set($0) }))
  }
}
