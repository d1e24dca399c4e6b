import Pickle
import Tensors

/// The storages that a pickle's persistent ids stand for, all found when the container is opened.
struct StorageTable: PersistentObjects, Sendable {
  struct Entry: Sendable {
    let storage: TensorStorage
    let dtype: DType
  }
  /// By the handle of the id.
  var entries: [PickleHandle: Entry] = [:]

  func resolve(_ id: PickleHandle, in reader: ObjectReader) throws -> Meaning {
    if let entry = entries[id] { return .storage(entry.storage, entry.dtype) }
    if let name = StorageID.moduleClass(id, in: reader.document) { return .global(name) }
    return .opaque("persistent id \(reader.keyText(id))")
  }

  /// Every persistent id of the document that names a storage, in order, once.
  static func ids(in document: PickleDocument) throws -> [(handle: PickleHandle, id: StorageID)] {
    var ids: [(handle: PickleHandle, id: StorageID)] = []
    var seen: Set<PickleHandle> = []
    for reference in document.handles where document.kind(reference) == .persistentID {
      guard let handle = document.persistentID(reference), seen.insert(handle).inserted,
        let id = try StorageID(handle, in: document)
      else { continue }
      ids.append((handle, id))
    }
    return ids
  }

  /// Builds the table by asking `storage` for every id.
  init(
    _ ids: [(handle: PickleHandle, id: StorageID)], storage: (StorageID) throws -> TensorStorage
  ) throws {
    entries.reserveCapacity(ids.count)
    for (handle, id) in ids {
      entries[handle] = Entry(storage: try storage(id), dtype: id.dtype)
    }
  }
}

/// The persistent id of a storage:
/// `('storage', storage class, key, location, number of elements[, view])`.
struct StorageID {
  let dtype: DType
  let key: String
  /// The device it was saved from.
  let location: String
  /// Size in bytes of the whole storage.
  let byteCount: Int
  /// Legacy files: a part of the storage, under a key of its own, offset and size in elements.
  let view: (key: String, offset: Int, count: Int)?

  /// Nil if the id is of another kind.
  ///
  /// - Throws: ``CheckpointError`` for a storage class that is unknown or a size that is absurd.
  init?(_ id: PickleHandle, in document: PickleDocument) throws {
    let parts = document.firstElements(id, 6)
    guard parts.count >= 5, document.string(parts[0], limit: 16) == "storage" else { return nil }
    guard let name = document.globalName(parts[1]) else {
      throw CheckpointError(.malformed("a storage has no class"))
    }
    guard let dtype = TorchNames.storageDType(name) else {
      throw CheckpointError(.unsupported("unknown storage type \(name)"))
    }
    let key = document.keyText(parts[2])
    self.key = key
    location = document.keyText(parts[3])
    let count = try document.integer(parts[4], "number of elements of storage '\(key)'")
    // Counted in items, also where an item holds several values.
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: dtype.itemSize)
    guard count >= 0, !overflow else {
      throw CheckpointError(.malformed("storage '\(key)' claims \(count) elements"))
    }
    self.dtype = dtype
    self.byteCount = byteCount
    let viewParts = parts.count > 5 ? document.firstElements(parts[5], 4) : []
    view =
      viewParts.count == 3
      ? (
        document.keyText(viewParts[0]), try document.integer(viewParts[1], "view offset"),
        try document.integer(viewParts[2], "view size")
      ) : nil
  }

  /// The class in `('module', class, source file, source)`, which legacy files write for a class
  /// whose source they carry, or in the tar container's `(class, source file, source)`.
  static func moduleClass(_ id: PickleHandle, in document: PickleDocument) -> GlobalName? {
    let parts = document.firstElements(id, 5)
    if parts.count == 4, document.string(parts[0], limit: 16) == "module" {
      return document.globalName(parts[1])
    }
    return parts.count == 3 ? document.globalName(parts[0]) : nil
  }
}
