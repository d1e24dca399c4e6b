import PthBytes
import PthPickle
import PthTensors

/// The container of `torch.save` since PyTorch 1.6 and of `torch.jit.save`: a zip archive with `data.pkl` and one
/// entry per storage, `data/N`, all under one archive name.
struct TorchZipContainer {
  let archive: ZipArchive
  /// The archive name with its slash; may be empty.
  let prefix: String
  let document: PickleDocument
  let storages: StorageTable
  /// Where `data.pkl` begins in the file; nil if it is compressed.
  let pickleOffset: Int?
  let isBigEndian: Bool
  let isTorchScript: Bool

  /// The archive name with its slash if the archive is PyTorch's: the one under which there is a `data.pkl`.
  static func prefix(in directory: ZipDirectory) -> String? {
    let pickleName = "data.pkl"
    if let first = directory.entries.first, let slash = first.name.firstIndex(of: "/") {
      let prefix = String(first.name[...slash])
      if directory.entry(named: prefix + pickleName) != nil { return prefix }
    }
    let found = directory.entries.first {
      $0.name == pickleName || $0.name.hasSuffix("/" + pickleName)
    }
    return found.map { String($0.name.dropLast(pickleName.count)) }
  }

  /// Whether `torch.load` treats the archive as TorchScript: it has a `constants.pkl`.
  static func isTorchScript(_ directory: ZipDirectory, prefix: String) -> Bool {
    directory.entry(named: prefix + "constants.pkl") != nil
  }

  init(_ archive: ZipArchive, prefix: String) throws {
    self.archive = archive
    self.prefix = prefix
    let directory = archive.directory
    let name = prefix + "data.pkl"
    let pickle = try archive.pickle(named: name)
    pickleOffset = pickle.fileOffset
    do {
      document = try PickleDocument(parsing: pickle.bytes)
    } catch {
      throw CheckpointError(
        .pickle(error), part: name, position: pickle.fileOffset.map { $0 + error.position })
    }
    isTorchScript = Self.isTorchScript(directory, prefix: prefix)
    let isBigEndian: Bool
    if directory.entry(named: prefix + "byteorder") != nil {
      let order = try archive.bytes(named: prefix + "byteorder").bytes.text
      guard order == "little" || order == "big" else {
        throw CheckpointError(
          .malformed("says '\(order.prefix(16))' where 'little' or 'big' is expected"),
          part: prefix + "byteorder")
      }
      isBigEndian = order == "big"
    } else {
      isBigEndian = false
    }
    self.isBigEndian = isBigEndian
    let ids = try StorageTable.ids(in: document)
    let storages = try Self.storages(ids, prefix: prefix, archive, isBigEndian: isBigEndian)
    self.storages = StorageTable(ids, storages, in: document)
  }

  /// The storages of `ids`, in the order of `ids`; ids with the same key share one storage.
  private static func storages(
    _ ids: [StorageID], prefix: String, _ archive: ZipArchive, isBigEndian: Bool
  ) throws -> [TensorStorage] {
    let indices = try ids.map { id -> Int? in
      if id.location == "meta" { return nil }
      let name = "\(prefix)data/\(id.key)"
      guard let index = archive.directory.index(named: name) else {
        throw CheckpointError(.malformed("the archive does not have this storage"), part: name)
      }
      return index
    }
    // PyTorch writes its entries ordered by name. Reading them in file order lets one read fetch several headers.
    var headers = ExcerptReader(archive.bytes)
    var known = [TensorStorage?](repeating: nil, count: archive.directory.entries.count)
    let inOrder = zip(indices, ids).compactMap { index, id in index.map { (index: $0, id: id) } }
      .sorted { $0.index < $1.index }
    for (index, id) in inOrder where known[index] == nil {
      known[index] = try storage(id, index, archive, &headers, isBigEndian: isBigEndian)
    }
    return zip(indices, ids).map { index, id in
      index.flatMap { known[$0] } ?? .meta(key: id.key, byteCount: id.byteCount)
    }
  }

  private static func storage(
    _ id: StorageID, _ index: Int, _ archive: ZipArchive, _ headers: inout ExcerptReader,
    isBigEndian: Bool
  ) throws -> TensorStorage {
    let entry = archive.directory.entries[index]
    let name = entry.name
    // As in torch.load, an entry may be longer than its tensors need. A compressed entry may not: inflating more than
    // is needed is how a zip bomb works.
    guard entry.uncompressedSize >= id.byteCount,
      entry.isStored || entry.uncompressedSize == id.byteCount
    else {
      throw CheckpointError(
        .malformed("has \(entry.uncompressedSize) bytes, its tensors expect \(id.byteCount)"),
        part: name, position: entry.localHeaderOffset)
    }
    let unit = isBigEndian ? id.dtype.byteSwapUnit : 1
    guard entry.isStored, !entry.isEncrypted else {
      try archive.checkReadable(entry)
      try checkCompression(entry, name)
      return TensorStorage(key: id.key, byteCount: id.byteCount, device: id.location) {
        byteSwapped(try archive.inflate(index), unit: unit)
      }
    }
    let (whole, offset) = try archive.directory.storedBytes(of: entry, in: &headers)
    let bytes = try whole.slice(at: 0, count: id.byteCount)
    if unit == 1 {
      return TensorStorage(
        key: id.key, bytes: bytes, device: id.location, fileOffset: offset)
    }
    return TensorStorage(
      key: id.key, byteCount: id.byteCount, device: id.location, fileOffset: offset
    ) { byteSwapped(bytes, unit: unit) }
  }

  /// Deflate adds at most five bytes to every 16 KiB block; a larger compressed size means that the entry inflates to
  /// more than it declares.
  private static func checkCompression(_ entry: ZipEntry, _ name: String) throws {
    guard entry.compressedSize > entry.uncompressedSize + entry.uncompressedSize / 1024 + 64 else {
      return
    }
    throw CheckpointError(
      .malformed(
        "declares \(entry.uncompressedSize) bytes and takes \(entry.compressedSize) compressed: "
          + "it inflates to more than it declares"),
      part: name, position: entry.localHeaderOffset)
  }

  /// Which versions of PyTorch write such an archive, from the records that each version added.
  var era: String {
    func has(_ name: String) -> Bool { archive.directory.entry(named: prefix + name) != nil }
    if isTorchScript { return "TorchScript, PyTorch 1.4 or later" }
    if has(".format_version") { return "PyTorch 2.6 or later" }
    if has(".data/serialization_id") { return "PyTorch 2.1 to 2.5" }
    if has("byteorder") { return "PyTorch 2.0 or 2.1" }
    return "PyTorch 1.6 to 2.0"
  }
}
