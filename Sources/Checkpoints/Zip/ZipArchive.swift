import PthBytes
import Synchronization

/// A zip archive in memory: stored entries are slices of it, others are inflated by libzip.
final class ZipArchive: Sendable {
  let bytes: Bytes
  let directory: ZipDirectory
  private let libzip = Mutex<LibzipArchive?>(nil)

  init(_ bytes: Bytes) throws {
    self.bytes = bytes
    directory = try ZipDirectory(parsing: bytes)
  }

  /// The contents of the first entry of this name, and where they lie if stored uncompressed.
  func bytes(named name: String) throws -> (bytes: Bytes, fileOffset: Int?) {
    guard let index = directory.indexByName[name] else {
      throw CheckpointError(.malformed("the archive has no such entry"), part: name)
    }
    return try contents(index)
  }

  /// The contents of the entry at `index`, and where they lie if stored uncompressed.
  func contents(_ index: Int) throws -> (bytes: Bytes, fileOffset: Int?) {
    let entry = directory.entries[index]
    try checkReadable(entry)
    guard entry.isStored else { return (try inflate(index), nil) }
    var headers = ExcerptReader(bytes)
    let (bytes, offset) = try directory.storedBytes(of: entry, in: &headers)
    return (bytes, offset)
  }

  /// - Throws: ``CheckpointError`` if the entry is encrypted or compressed in an unknown way.
  func checkReadable(_ entry: ZipEntry) throws {
    if entry.isEncrypted {
      throw CheckpointError(
        .unsupported("the entry is encrypted"), part: entry.name,
        position: entry.localHeaderOffset)
    }
    guard entry.method == ZipEntry.stored || entry.method == ZipEntry.deflated else {
      throw CheckpointError(
        .unsupported("compression method \(entry.method) is not one that PyTorch reads"),
        part: entry.name, position: entry.localHeaderOffset)
    }
  }

  func inflate(_ index: Int) throws -> Bytes {
    let entry = directory.entries[index]
    return try opened().inflate(at: index, name: entry.name, size: entry.uncompressedSize)
  }

  /// Whether the entry at `index` has the CRC-32 that the directory says.
  func hasValidCRC(_ index: Int) throws -> Bool {
    try opened().hasValidCRC(at: index, name: directory.entries[index].name)
  }

  /// libzip is opened only when something has to be inflated or checked.
  private func opened() throws -> LibzipArchive {
    try libzip.withLock { archive in
      if let archive { return archive }
      // libzip refuses bytes after the archive, which torch.load accepts.
      let opened = try LibzipArchive(try bytes.slice(at: 0, count: directory.endOffset))
      archive = opened
      return opened
    }
  }
}
