import PthPickle

/// Finds storages whose entries have another size than the pickle declares.
///
/// PyTorch before 2.10 believed the pickle, so that a tensor could reach beyond the memory that was read.
enum StorageClaims {
  /// The problems of an archive's storages, by entry.
  static func problems(
    in document: PickleDocument, of directory: ZipDirectory, prefix: String
  ) -> [(part: String, text: String)] {
    let ids: [StorageID]
    do {
      ids = try StorageTable.ids(in: document)
    } catch {
      return [(prefix + "data.pkl", CheckpointError.wrapping(error).reasonText)]
    }
    var problems: [(part: String, text: String)] = []
    for id in ids where id.location != "meta" {
      let name = prefix + "data/" + id.key
      guard let index = directory.index(named: name) else { continue }
      let size = directory.entries[index].uncompressedSize
      if size != id.byteCount, problems.count < 100 {
        problems.append((name, "has \(size) bytes and is said to have \(id.byteCount)"))
      }
    }
    return problems
  }
}
