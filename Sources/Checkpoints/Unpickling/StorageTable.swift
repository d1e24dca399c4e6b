import PthPickle
import PthTensors

/// The storages of a pickle's persistent ids, all found when the container is opened.
struct StorageTable: PersistentObjects, Sendable {
  struct Entry: Sendable {
    let storage: TensorStorage
    let dtype: DType
  }
  /// The storages by the handle of their persistent id.
  private var entries: HandleTable<Entry>

  func resolve(_ id: PickleHandle, in reader: ObjectReader) throws -> Meaning {
    if let entry = entries[id] { return .storage(entry.storage, entry.dtype) }
    if let name = StorageID.moduleClass(id, in: reader.document) { return .global(name) }
    return .opaque("persistent id \(reader.keyText(id))")
  }

  /// Every persistent id of the document that refers to a storage, in order and without repetition.
  static func ids(in document: PickleDocument) throws -> [StorageID] {
    var ids: [StorageID] = []
    var seen = HandleTable<Void>(for: document)
    var names = StorageNames(document)
    for reference in document.handles where document.kind(reference) == .persistentID {
      guard let handle = document.persistentID(reference), seen[handle] == nil else { continue }
      seen.set(handle, to: ())
      if let id = try StorageID(handle, in: document, &names) { ids.append(id) }
    }
    return ids
  }

  /// Builds the table from the document's ids and the storage of each id.
  init(_ ids: [StorageID], _ storages: [TensorStorage], in document: PickleDocument) {
    entries = HandleTable(for: document)
    for (id, storage) in zip(ids, storages) {
      entries.set(id.handle, to: Entry(storage: storage, dtype: id.dtype))
    }
  }
}

/// Caches the classes and devices of storages, since many storages share few of them.
struct StorageNames {
  private var dtypes: HandleTable<DType>
  private var texts: HandleTable<String>

  init(_ document: PickleDocument) {
    dtypes = HandleTable(for: document)
    texts = HandleTable(for: document)
  }

  /// The dtype of a storage class.
  ///
  /// - Throws: ``CheckpointError`` if the class is not known.
  mutating func dtype(_ handle: PickleHandle, in document: PickleDocument) throws -> DType {
    if let known = dtypes[handle] { return known }
    guard let name = document.globalName(handle) else {
      throw CheckpointError(.malformed("a storage has no class"))
    }
    guard let dtype = TorchNames.storageDType(name) else {
      throw CheckpointError(.unsupported("unknown storage type \(name)"))
    }
    dtypes.set(handle, to: dtype)
    return dtype
  }

  /// The text of an id's kind or of a device.
  mutating func text(_ handle: PickleHandle, in document: PickleDocument) -> String {
    if let known = texts[handle] { return known }
    let text = document.keyText(handle)
    texts.set(handle, to: text)
    return text
  }
}

/// The persistent id of a storage:
/// `('storage', storage class, key, location, number of elements[, view])`.
struct StorageID {
  let handle: PickleHandle
  let dtype: DType
  let key: String
  /// The device that the storage was saved from.
  let location: String
  /// Size in bytes of the whole storage.
  let byteCount: Int
  /// In legacy files: the part of the storage that is used, with its own key, offset and size in elements.
  let view: (key: String, offset: Int, count: Int)?

  /// Nil if the id does not refer to a storage.
  ///
  /// - Throws: ``CheckpointError`` for an unknown storage class, or a size that is negative or overflows.
  init?(_ id: PickleHandle, in document: PickleDocument, _ names: inout StorageNames) throws {
    let parts = document.firstElements(id, 6)
    guard parts.count >= 5, document.kind(parts[0]) == .string,
      names.text(parts[0], in: document) == "storage"
    else { return nil }
    handle = id
    dtype = try names.dtype(parts[1], in: document)
    let key = document.keyText(parts[2])
    self.key = key
    location = names.text(parts[3], in: document)
    let count = try document.integer(parts[4], "number of elements of storage '\(key)'")
    // The size counts items, even for packed dtypes with several values per item.
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: dtype.itemSize)
    guard count >= 0, !overflow else {
      throw CheckpointError(.malformed("storage '\(key)' claims \(count) elements"))
    }
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
