import PthBytes
import OrderedCollections
import PthTensors
import Foundation
import TestSupport
import Testing

@testable import PthCheckpoints

/// Sharded sets whose shards are in PyTorch's legacy format, with storages that are views of others.
@Suite struct ShardTests {
  /// Tensors share in the set what they share in the shard.
  @Test func viewsOfStoragesStayShared() throws {
    var sets = 0
    for fixture in Fixtures.names(in: "checkpoints") {
      guard fixture.hasPrefix("checkpoints/legacy-") || fixture.hasPrefix("checkpoints/tar-"),
        let single = try? Checkpoint.open(Fixtures.path(fixture)).stateDict,
        single.tensors.values.contains(where: { $0.storage.parent != nil })
      else { continue }
      let folder = try TemporaryFolder()
      try FileManager.default.copyItem(
        atPath: Fixtures.path(fixture), toPath: folder.path("shard.bin"))
      let map = Dictionary(uniqueKeysWithValues: single.keys.map { ($0, "shard.bin") })
      let index = try JSONSerialization.data(withJSONObject: ["weight_map": map])
      let path = folder.path("model.bin.index.json")
      try index.write(to: URL(filePath: path))
      let sharded = try Checkpoint.open(path).stateDict
      #expect(
        Set(sharded.sharedStorages.map(Set.init)) == Set(single.sharedStorages.map(Set.init)),
        "\(fixture)")
      for (key, tensor) in sharded.tensors {
        #expect(tensor.storage.shard == "shard.bin")
        #expect((tensor.storage.parent == nil) == (single[key]?.storage.parent == nil))
        let isSame = try tensor.contiguousBytes().text == single[key]?.contiguousBytes().text
        #expect(isSame, "\(fixture): \(key)")
      }
      sets += 1
    }
    #expect(sets >= 2)
  }
}
