import PthBytes

extension FileFormat {
  /// The index of a sharded checkpoint, as Hugging Face's `save_pretrained` writes it.
  static let shardIndex = FileFormat(
    name: "shard index",
    kinds: [
      FormatKind(.torchSharded, "PyTorch checkpoint", ownMetadata: "total_size"),
      FormatKind(.safetensorsSharded, "safetensors", ownMetadata: "total_size"),
    ],
    isUnmarked: true,
    matches: { ForeignFile.head($0).hasPrefix("{") },
    open: { file in
      guard file.allowsIndex else {
        throw CheckpointError(.malformed("a shard is an index itself"))
      }
      let container = try ShardedContainer(file.bytes, path: file.path)
      var opened = OpenedContainer(
        container.isSafetensors ? .safetensorsSharded : .torchSharded,
        .flat(container.tensors, container.metadata), era: container.shards.first?.era ?? "")
      opened.isBigEndian = container.isBigEndian
      opened.shards = container.shards
      opened.pickles = container.shards.flatMap { shard in
        shard.pickles.map {
          CheckpointPickle(name: "\(shard.path): \($0.name)", document: $0.document)
        }
      }
      return opened
    },
    judge: { try $0.judgeShards($1) })
}

extension FileScanner {
  fileprivate mutating func judgeShards(_ bytes: Bytes) throws {
    // Inside another file, JSON is not treated as an index.
    guard depth == 0 else { throw CheckpointError(.unknownFormat("this is JSON")) }
    let names = try ShardedContainer.shardNames(bytes)
    let directory = ShardedContainer.directory(of: audit.path)
    audit.weightsOnly = .accepted
    for name in names {
      let shard = try ShardedContainer.map(name, in: directory).bytes
      var scanner = FileScanner(
        audit: FileAudit(path: directory + name), depth: 1, isThorough: isThorough,
        budget: ScanBudget(fileSize: shard.count))
      do { try scanner.judge(shard) } catch {
        let fault = CheckpointError.wrapping(error)
        // The index is a known format, even if one of its shards is not.
        throw CheckpointError(
          fault.isForeignFormat
            ? .malformed("is no checkpoint: \(fault.reasonText)") : fault.reason,
          part: name, position: fault.position)
      }
      audit.merge(scanner.audit, part: name)
      if scanner.audit.weightsOnly != .accepted { audit.weightsOnly = scanner.audit.weightsOnly }
    }
  }
}
