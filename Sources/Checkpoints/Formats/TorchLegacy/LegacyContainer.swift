import PthBytes
import PthPickle
import PthTensors

/// The container of `torch.save` before PyTorch 1.6: five pickles (magic number, protocol version, system info, the
/// object, the storage keys), then the storages, each a 64-bit element count and the elements.
///
/// The storages are little-endian even if the system info names a big-endian machine: PyTorch's
/// `THPStorage_writeFileRaw` swaps when writing, and its reader ignores the info.
struct LegacyContainer {
  /// The object pickle.
  let document: PickleDocument
  let storages: StorageTable
  let fileOffset: Int?
  /// All five pickles, in the order of ``partNames``.
  let pickles: [PickleDocument]
  /// Byte after the last storage.
  let endOffset: Int
  /// Whether the system info says that the file was saved on a little-endian machine.
  let isFromLittleEndianMachine: Bool

  static let partNames = [
    "magic number", "protocol version", "system info", "object", "storage keys",
  ]

  /// `0x1950a86a20f9469cfc6c`, as the LONG1 opcode writes it.
  static let magicBytes: [UInt8] = [
    0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]
  static let protocolVersion = 1001

  /// Whether a pickle's value is the magic number, in any encoding: Python compares the values.
  static func isMagic(_ document: PickleDocument) -> Bool {
    // No writer uses this many digits, and the time to read them grows with their square.
    let maximumDigits = 256
    guard let text = document.bigIntText(document.root), text.utf8.count <= maximumDigits,
      let bytes = document.integerBytes(document.root)
    else { return false }
    return bytes.starts(with: magicBytes)
      && bytes.dropFirst(magicBytes.count).allSatisfy { $0 == 0 }
  }

  /// - Parameter fileOffset: Where `bytes` begins in the file; nil if the bytes are not part of a file.
  /// - Throws: ``CheckpointError``, ``PickleError``.
  init(_ bytes: Bytes, fileOffset: Int?) throws {
    var position = 0
    func next(_ what: String) throws -> PickleDocument {
      do {
        let document = try PickleDocument(parsing: bytes, at: position)
        position = document.range.upperBound
        return document
      } catch {
        throw CheckpointError(
          error.reason == .noStop || error.reason == .truncated
            ? .truncated("the file ends inside its \(what) pickle") : .pickle(error),
          part: what, position: error.position)
      }
    }
    let magic = try next("magic number")
    guard Self.isMagic(magic) else {
      throw CheckpointError(
        .malformed("the magic number is not PyTorch's 0x1950a86a20f9469cfc6c"), position: 0)
    }
    let version = try next("protocol version")
    guard version.int(version.root) == Self.protocolVersion else {
      throw CheckpointError(
        .unsupported("protocol version is not \(Self.protocolVersion)"),
        position: version.range.lowerBound)
    }
    let systemInfo = try next("system info")
    let object = try next("object")
    let keys = try next("storage keys")
    let info = ObjectReader(systemInfo)
    isFromLittleEndianMachine = !systemInfo.entries(systemInfo.root).contains { entry in
      info.keyText(entry.key) == "little_endian" && systemInfo.bool(entry.value) == false
    }
    let reader = LegacyStorageReader(bytes, fileOffset: fileOffset)
    (storages, endOffset) = try reader.read(object, keys: keys)
    document = object
    pickles = [magic, version, systemInfo, object, keys]
    self.fileOffset = fileOffset
  }

  func reader(nesting: Int) -> ObjectReader {
    ObjectReader(
      document, fileOffset: fileOffset, persistentObjects: storages, nesting: nesting)
  }
}

/// Reads the storages that follow the pickles of a legacy file.
struct LegacyStorageReader {
  let bytes: Bytes
  let fileOffset: Int?

  init(_ bytes: Bytes, fileOffset: Int?) {
    self.bytes = bytes
    self.fileOffset = fileOffset
  }

  func read(_ object: PickleDocument, keys: PickleDocument) throws -> (StorageTable, end: Int) {
    let references = try StorageTable.ids(in: object)
    // Keys that are cut, or that differ in the form of a letter, could be taken for one another.
    if let key = references.flatMap({ [$0.key, $0.view?.key ?? ""] }).first(where: {
      !$0.utf8.allSatisfy { $0 < 0x80 }
    }) {
      throw CheckpointError(
        .unsupported("a storage's key is no short ASCII text"), part: String(key.prefix(64)))
    }
    // For each key the index of its first reference, and for each reference the first one with its key.
    var first: [String: Int] = [:]
    first.reserveCapacity(references.count)
    let firsts = references.indices.map { index in
      let known = first[references[index].key]
      if known == nil { first[references[index].key] = index }
      return known ?? index
    }
    var reader = try ByteReader(bytes, at: keys.range.upperBound)
    let keyReader = ObjectReader(keys)
    var counts = ExcerptReader(bytes)
    var roots = [TensorStorage?](repeating: nil, count: references.count)
    for handle in keys.elements(keys.root) {
      let key = keyReader.keyText(handle)
      guard let index = first[key] else {
        throw CheckpointError(
          .malformed("the list of storages names one that no tensor uses"),
          part: "storage '\(key)'",
          position: reader.position)
      }
      let id = references[index]
      let start = reader.position
      guard let count: Int64 = try? counts.excerpt(at: start, count: 8).integer(at: 0),
        (try? reader.read(count: 8)) != nil
      else { throw truncated(key, 8, reader) }
      let (size, overflow) = Int(count).multipliedReportingOverflow(by: id.dtype.itemSize)
      guard !overflow, size == id.byteCount else {
        throw CheckpointError(
          .malformed(
            "has \(count) elements of \(id.dtype.rawValue), its tensors expect "
              + "\(id.byteCount / id.dtype.itemSize)"),
          part: "storage '\(key)'", position: start)
      }
      let dataStart = reader.position
      guard let data = try? reader.read(count: size) else { throw truncated(key, size, reader) }
      roots[index] = TensorStorage(
        key: key, bytes: data, device: id.location, fileOffset: fileOffset.map { $0 + dataStart })
    }
    var views: [String: TensorStorage] = [:]
    let storages = try zip(references, firsts).map { id, index in
      guard let root = roots[index] else {
        throw CheckpointError(
          .malformed("a tensor uses it and the file does not have it"),
          part: "storage '\(id.key)'")
      }
      guard let view = id.view else { return root }
      if let known = views[view.key] { return known }
      let made = try Self.view(view, of: root, id.dtype)
      views[view.key] = made
      return made
    }
    return (StorageTable(references, storages, in: object), reader.position)
  }

  private func truncated(_ key: String, _ size: Int, _ reader: ByteReader) -> CheckpointError {
    CheckpointError(
      .truncated("needs \(size) bytes and there are \(reader.remaining)"),
      part: "storage '\(key)'", position: reader.position)
  }

  private static func view(
    _ view: (key: String, offset: Int, count: Int), of root: TensorStorage, _ dtype: DType
  ) throws -> TensorStorage {
    guard view.offset >= 0, view.count >= 0, let offset = dtype.byteCount(elements: view.offset),
      let size = dtype.byteCount(elements: view.count)
    else {
      throw CheckpointError(
        .malformed("a view has offset \(view.offset) and size \(view.count)"),
        part: "storage '\(view.key)'")
    }
    do {
      return try TensorStorage(key: view.key, viewOf: root, at: offset, byteCount: size)
    } catch {
      throw CheckpointError(
        .malformed("a view reaches past storage '\(root.key)'"), part: "storage '\(view.key)'")
    }
  }
}
