import Bytes
import Pickle
import Tensors

/// The container of `torch.save` since PyTorch 1.6 and of `torch.jit.save`: a zip archive with
/// `data.pkl` and one entry a storage, `data/N`, all under one archive name.
struct TorchZipContainer {
  let archive: ZipArchive
  /// The archive name with its slash; may be empty.
  let prefix: String
  let document: PickleDocument
  let storages: StorageTable
  /// Where `data.pkl` lies in the file; nil if it is compressed.
  let pickleOffset: Int?
  let isBigEndian: Bool
  let isTorchScript: Bool

  /// The archive name, if this is PyTorch's: the one under which there is a `data.pkl`.
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

  /// What `torch.load` takes for TorchScript: an archive with a `constants.pkl`.
  static func isTorchScript(_ directory: ZipDirectory, prefix: String) -> Bool {
    directory.entry(named: prefix + "constants.pkl") != nil
  }

  init(_ archive: ZipArchive, prefix: String) throws {
    self.archive = archive
    self.prefix = prefix
    let directory = archive.directory
    let name = prefix + "data.pkl"
    let pickle = try archive.bytes(named: name)
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
    var known: [String: TensorStorage] = [:]
    storages = try StorageTable(try StorageTable.ids(in: document)) { id in
      if let storage = known[id.key] { return storage }
      let storage = try Self.storage(id, prefix: prefix, archive, isBigEndian: isBigEndian)
      known[id.key] = storage
      return storage
    }
  }

  private static func storage(
    _ id: StorageID, prefix: String, _ archive: ZipArchive, isBigEndian: Bool
  ) throws -> TensorStorage {
    if id.location == "meta" { return .meta(key: id.key, byteCount: id.byteCount) }
    let name = "\(prefix)data/\(id.key)"
    guard let index = archive.directory.indexByName[name] else {
      throw CheckpointError(.malformed("the archive does not have this storage"), part: name)
    }
    let entry = archive.directory.entries[index]
    // An entry may be longer than its tensors say, as torch.load allows; but inflating more than
    // is wanted is how a zip bomb works.
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
    let (whole, offset) = try archive.directory.storedBytes(of: entry)
    let bytes = try whole.slice(at: 0, count: id.byteCount)
    if unit == 1 {
      return TensorStorage(
        key: id.key, bytes: bytes, device: id.location, fileOffset: offset)
    }
    return TensorStorage(
      key: id.key, byteCount: id.byteCount, device: id.location, fileOffset: offset
    ) { byteSwapped(bytes, unit: unit) }
  }

  /// Deflate adds at most five bytes to every 16 KiB block; more says that the entry inflates to
  /// something else than it declares.
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

  /// Which versions of PyTorch write such an archive, from the records that each added.
  var era: String {
    func has(_ name: String) -> Bool { archive.directory.entry(named: prefix + name) != nil }
    if isTorchScript { return "TorchScript, PyTorch 1.4 or later" }
    if has(".format_version") { return "PyTorch 2.6 or later" }
    if has(".data/serialization_id") { return "PyTorch 2.1 to 2.5" }
    if has("byteorder") { return "PyTorch 2.0 or 2.1" }
    return "PyTorch 1.6 to 2.0"
  }
}
