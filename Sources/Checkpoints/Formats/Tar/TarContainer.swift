import PthBytes
import PthPickle
import PthTensors

/// The container of PyTorch before 0.1.10: a tar archive with the members `storages`, `tensors` and `pickle`.
///
/// `storages` alternates pickles and raw elements and ends with the list of storage views. `tensors` has a pickle and
/// a binary header per tensor. The persistent ids in `pickle` are the keys of the tensors and storages.
struct TarContainer {
  let document: PickleDocument
  let fileOffset: Int
  let objects: TarObjects
  /// The small pickles of `storages` and `tensors`, for the audit.
  let frame: [PickleDocument]
  let endOffset: Int

  static func matches(_ archive: TarArchive) -> Bool {
    archive.member("pickle") != nil || archive.member("storages") != nil
  }

  init(_ archive: TarArchive) throws {
    try archive.checkWhole()
    func member(_ name: String) throws -> TarArchive.Member {
      guard let member = archive.member(name) else {
        throw CheckpointError(
          .malformed("the tar archive has no member '\(name)'; PyTorch cannot read it either"),
          part: name)
      }
      return member
    }
    let pickle = try member("pickle")
    do {
      document = try PickleDocument(parsing: pickle.bytes)
    } catch {
      throw CheckpointError(
        .pickle(error), part: "pickle", position: pickle.offset + error.position)
    }
    fileOffset = pickle.offset
    var reader = TarMemberReader(try member("storages"), part: "storages")
    let storages = try reader.readStorages()
    var tensorReader = TarMemberReader(try member("tensors"), part: "tensors")
    objects = TarObjects(
      storages: storages, tensors: try tensorReader.readTensors(over: storages))
    frame = reader.documents + tensorReader.documents
    endOffset = archive.endOffset
  }

  /// The small pickles of a damaged file as far as they parse, for the audit, and the errors that stopped the parsing.
  static func frame(_ archive: TarArchive) -> (
    documents: [PickleDocument], faults: [CheckpointError]
  ) {
    var documents: [PickleDocument] = []
    var faults: [CheckpointError] = []
    var storages: [String: StorageTable.Entry] = [:]
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch { faults.append(CheckpointError.wrapping(error)) }
    }
    if let member = archive.member("storages") {
      var reader = TarMemberReader(member, part: "storages")
      attempt { storages = try reader.readStorages() }
      documents += reader.documents
    }
    if let member = archive.member("tensors") {
      var reader = TarMemberReader(member, part: "tensors")
      attempt { _ = try reader.readTensors(over: storages) }
      documents += reader.documents
    }
    return (documents, faults)
  }

  func reader() -> ObjectReader {
    ObjectReader(document, fileOffset: fileOffset, persistentObjects: objects)
  }
}

/// The objects behind the persistent ids of a tar file: tensors and storages by key.
struct TarObjects: PersistentObjects, Sendable {
  let storages: [String: StorageTable.Entry]
  let tensors: [String: Tensor]

  func resolve(_ id: PickleHandle, in reader: ObjectReader) throws -> Meaning {
    if let name = StorageID.moduleClass(id, in: reader.document) { return .global(name) }
    let key = reader.keyText(id)
    if let tensor = tensors[key] { return .tensor(tensor) }
    if let entry = storages[key] { return .storage(entry.storage, entry.dtype) }
    throw CheckpointError(
      .malformed("the pickle refers to object \(key), which the archive does not have"))
  }
}

/// Reads a member that is a sequence of pickles with binary data between them.
private struct TarMemberReader {
  let bytes: Bytes
  let offset: Int
  let part: String
  var position = 0
  private(set) var documents: [PickleDocument] = []

  init(_ member: TarArchive.Member, part: String) {
    (bytes, offset) = (member.bytes, member.offset)
    self.part = part
  }

  mutating func readStorages() throws -> [String: StorageTable.Entry] {
    var storages: [String: StorageTable.Entry] = [:]
    for _ in 0..<(try nextCount()) {
      let (reader, parts) = try nextTuple(count: 3)
      guard let name = reader.globalName(parts[2]), let dtype = TorchNames.storageDType(name) else {
        throw failure("an unknown storage type")
      }
      let count = Int(try integer(Int64.self))
      guard count >= 0, let size = dtype.byteCount(elements: count),
        let data = try? bytes.slice(at: position, count: size)
      else { throw failure("a storage of \(count) elements leaves the member") }
      let key = reader.keyText(parts[0])
      storages[key] = StorageTable.Entry(
        storage: TensorStorage(
          key: key, bytes: data, device: reader.keyText(parts[1]), fileOffset: offset + position),
        dtype: dtype)
      position += size
    }
    let views = try nextReader()
    for view in views.document.elements(views.document.root) {
      let parts = views.document.firstElements(view, 5)
      guard parts.count == 4, let root = storages[views.keyText(parts[1])] else {
        throw failure("a storage view is malformed")
      }
      let start = root.dtype.byteCount(elements: try views.integer(parts[2], "view offset")) ?? -1
      let size = root.dtype.byteCount(elements: try views.integer(parts[3], "view size")) ?? -1
      let key = views.keyText(parts[0])
      guard
        let storage = try? TensorStorage(
          key: key, viewOf: root.storage, at: start, byteCount: size)
      else { throw failure("a storage view leaves its storage") }
      storages[key] = StorageTable.Entry(storage: storage, dtype: root.dtype)
    }
    return storages
  }

  mutating func readTensors(over storages: [String: StorageTable.Entry]) throws -> [String: Tensor]
  {
    var tensors: [String: Tensor] = [:]
    for _ in 0..<(try nextCount()) {
      let (reader, parts) = try nextTuple(count: 3)
      guard let entry = storages[reader.keyText(parts[1])] else {
        throw failure("a tensor uses a storage that is not there")
      }
      let rank = Int(try integer(Int32.self))
      // The rank was once written as eight bytes; the upper four are unused.
      _ = try integer(Int32.self)
      guard rank >= 0, rank <= (bytes.count - position) / 16 else {
        throw failure("a tensor of \(rank) dimensions")
      }
      let shape = try (0..<rank).map { _ in Int(try integer(Int64.self)) }
      let strides = try (0..<rank).map { _ in Int(try integer(Int64.self)) }
      let storageOffset = Int(try integer(Int64.self))
      tensors[reader.keyText(parts[0])] = try Tensor(
        storage: entry.storage, dtype: entry.dtype, shape: shape, strides: strides,
        storageOffset: storageOffset)
    }
    return tensors
  }

  private mutating func nextReader() throws -> ObjectReader {
    let (document, error) = PickleDocument.parseAsFarAsPossible(bytes, at: position)
    documents.append(document)
    if let error {
      throw CheckpointError(.pickle(error), part: part, position: offset + error.position)
    }
    position = document.range.upperBound
    return ObjectReader(document)
  }

  private mutating func nextCount() throws -> Int {
    let reader = try nextReader()
    let count = try reader.integer(reader.document.root, "the number of objects")
    guard count >= 0, count <= bytes.count else { throw failure("claims \(count) objects") }
    return count
  }

  private mutating func nextTuple(count: Int) throws -> (ObjectReader, [PickleHandle]) {
    let reader = try nextReader()
    let parts = reader.document.elements(reader.document.root)
    guard parts.count == count else { throw failure("a record of \(parts.count) parts") }
    return (reader, parts)
  }

  private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    guard let value: T = try? bytes.integer(at: position) else {
      throw CheckpointError(
        .truncated("the member ends inside a record"), part: part, position: offset + position)
    }
    position += MemoryLayout<T>.size
    return value
  }

  private func failure(_ what: String) -> CheckpointError {
    CheckpointError(.malformed(what), part: part, position: offset + position)
  }
}
