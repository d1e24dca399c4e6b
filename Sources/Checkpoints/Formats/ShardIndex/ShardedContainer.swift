import PthBytes
import FoundationEssentials
import OrderedCollections
import PthTensors

/// An `…index.json` that maps tensor names to shard files, as Hugging Face's `save_pretrained` writes it for PyTorch
/// and safetensors shards.
struct ShardedContainer {
  let tensors: OrderedDictionary<String, Tensor>
  let isSafetensors: Bool
  let isBigEndian: Bool
  /// The shards, sorted by file name.
  let shards: [Checkpoint]
  let metadata: [(String, MetadataValue)]

  private struct Index: Decodable {
    let weight_map: [String: String]
    let metadata: Metadata?

    struct Metadata: Decodable {
      let total_size: Double?
    }
  }

  /// - Parameter path: The index file; its shards are in the same folder.
  init(_ bytes: Bytes, path: String) throws {
    let index = try Self.index(bytes)
    let names = try Self.shardNames(index)
    let directory = Self.directory(of: path)
    var shards: [String: Checkpoint] = [:]
    for name in names { shards[name] = try Self.open(name, in: directory) }
    var tensors: OrderedDictionary<String, Tensor> = [:]
    var relocated: [ObjectIdentifier: TensorStorage] = [:]
    // A storage and its views must stay related, or shared bytes would be counted twice.
    func relocate(_ storage: TensorStorage, _ name: String) -> TensorStorage {
      if let known = relocated[ObjectIdentifier(storage)] { return known }
      let parent = storage.parent.map { relocate($0, name) }
      let result = TensorStorage(storage, inShard: name, parent: parent)
      relocated[ObjectIdentifier(storage)] = result
      return result
    }
    for name in names {
      guard let shard = shards[name] else { continue }
      for (key, tensor) in shard.stateDict.tensors where index.weight_map[key] == name {
        tensors[key] = try Tensor(
          storage: relocate(tensor.storage, name), dtype: tensor.dtype, shape: tensor.shape,
          strides: tensor.strides,
          storageOffset: tensor.storageOffset, quantizer: tensor.quantizer)
      }
    }
    if let lost = index.weight_map.keys.sorted().first(where: { tensors[$0] == nil }) {
      throw CheckpointError(
        .malformed("the index puts it into '\(index.weight_map[lost] ?? "")', which lacks it"),
        part: lost)
    }
    self.tensors = tensors
    self.shards = names.compactMap { shards[$0] }
    isSafetensors = self.shards.allSatisfy { $0.format == .safetensors }
    isBigEndian = self.shards.contains { $0.byteOrder == .big }
    let total = index.metadata?.total_size.flatMap { Int(exactly: $0) }
    metadata = total.map { [("total_size", .int($0))] } ?? []
  }

  private static func index(_ bytes: Bytes) throws -> Index {
    do {
      return try bytes.withUnsafeBytes { try JSONDecoder().decode(Index.self, from: Data($0)) }
    } catch {
      throw CheckpointError(
        .unknownFormat("this JSON is no index of shards: it has no 'weight_map' of file names"))
    }
  }

  /// The shards' file names, sorted; a name that leaves the index's folder throws.
  static func shardNames(_ bytes: Bytes) throws -> [String] { try shardNames(try index(bytes)) }

  private static func shardNames(_ index: Index) throws -> [String] {
    let names = Set(index.weight_map.values).sorted()
    guard !names.isEmpty else { throw CheckpointError(.malformed("the index names no shards")) }
    for name in names
    where name.isEmpty || name.contains("/") || name.contains("\0") || name == ".." {
      throw CheckpointError(
        .malformed("shard '\(name)' is not a plain file name; shards lie beside the index"))
    }
    return names
  }

  /// The folder part of a path with its trailing slash; empty for a plain name.
  static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  static func map(_ name: String, in directory: String) throws -> MappedFile {
    // A shard named '-' is a file, not standard input.
    let path = directory.isEmpty ? "./" + name : directory + name
    guard LinkedFile.mayBeFollowed(path, inside: directory) else {
      throw CheckpointError(
        .malformed("shard '\(name)' is a link that leads out of its folder; copy the file there"))
    }
    do {
      return try MappedFile(path: path)
    } catch {
      if case .system(2) = error.reason { throw CheckpointError(.missingShard(name)) }
      throw CheckpointError(.file(error))
    }
  }

  private static func open(_ name: String, in directory: String) throws -> Checkpoint {
    let bytes = try map(name, in: directory).bytes
    do {
      return try Checkpoint(bytes, path: directory + name, allowsIndex: false)
    } catch {
      throw CheckpointError.wrapping(error).located(part: name)
    }
  }
}
