import PthBytes
import Synchronization

/// A zip archive in memory: stored entries are slices of the archive, compressed ones are inflated by libzip.
final class ZipArchive: Sendable {
  let bytes: Bytes
  let directory: ZipDirectory
  private let libzip = Lock<LibzipArchive?>(nil)
  private let budget: Lock<InflationBudget>
  private let checked: Lock<(results: [EntryBody: Bool], budget: InflationBudget)>

  init(_ bytes: Bytes) throws {
    self.bytes = bytes
    directory = try ZipDirectory(parsing: bytes)
    budget = Lock(InflationBudget(archiveSize: bytes.count))
    checked = Lock(([:], InflationBudget(archiveSize: bytes.count)))
  }

  /// The contents of the first entry of this name; the file offset is nil if the entry is compressed.
  func bytes(named name: String) throws -> (bytes: Bytes, fileOffset: Int?) {
    guard let index = directory.index(named: name) else {
      throw CheckpointError(.malformed("the archive has no such entry"), part: name)
    }
    return try contents(index)
  }

  /// The contents of an entry that will be parsed as a pickle, which takes many times its size in memory.
  ///
  /// - Throws: ``CheckpointError``, also for a compressed entry longer than ``InflationBudget`` allows.
  func pickle(named name: String) throws -> (bytes: Bytes, fileOffset: Int?) {
    if let entry = directory.entry(named: name), !entry.isStored,
      entry.uncompressedSize > InflationBudget.pickleLimit(archiveSize: bytes.count)
    {
      throw CheckpointError(
        .unsupported(
          "is a pickle of \(entry.uncompressedSize) bytes, compressed to \(entry.compressedSize): "
            + "more than is parsed"), part: name)
    }
    return try bytes(named: name)
  }

  /// The contents of the entry at `index`; the file offset is nil if the entry is compressed.
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

  /// - Throws: ``CheckpointError`` if the entry is damaged, or if the inflated entries exceed the archive's budget in
  ///   total.
  func inflate(_ index: Int) throws -> Bytes {
    let entry = directory.entries[index]
    guard forksWait(for: { budget.withLock { $0.charge(entry.uncompressedSize, for: index) } })
    else {
      throw CheckpointError(
        .malformed(
          "declares \(entry.uncompressedSize) bytes, which with the other entries is more than an "
            + "archive of \(bytes.count) may inflate to"), part: entry.name)
    }
    return try opened().inflate(at: index, name: entry.name, size: entry.uncompressedSize)
  }

  /// Whether the entry at `index` has the CRC-32 of the directory. Entries that share one body are read once.
  ///
  /// - Throws: ``CheckpointError`` if the entry cannot be read, or if the checked entries exceed the archive's budget
  ///   in total.
  func hasValidCRC(_ index: Int) throws -> Bool {
    let entry = directory.entries[index]
    let body = EntryBody(entry)
    if let known = forksWait(for: { checked.withLock { $0.results[body] } }) { return known }
    guard
      forksWait(for: { checked.withLock { $0.budget.charge(entry.uncompressedSize, for: index) } })
    else {
      throw CheckpointError(
        .malformed("inflates to more than an archive of \(bytes.count) bytes may"),
        part: entry.name)
    }
    let isValid = try opened().hasValidCRC(
      at: index, name: entry.name, size: entry.uncompressedSize)
    forksWait { checked.withLock { $0.results[body] = isValid } }
    return isValid
  }

  /// Opens libzip when an entry has to be inflated or checked for the first time.
  private func opened() throws -> LibzipArchive {
    try forksWait {
      try libzip.withLock { archive in
        if let archive { return archive }
        // libzip refuses bytes after the archive, which torch.load accepts.
        let opened = try LibzipArchive(try bytes.slice(at: 0, count: directory.endOffset))
        archive = opened
        return opened
      }
    }
  }
}

/// The fields that determine an entry's contents: entries with equal fields have equal contents.
struct EntryBody: Hashable {
  private let localHeaderOffset: Int
  private let compressedSize: Int
  private let uncompressedSize: Int
  private let method: UInt16
  private let crc32: UInt32

  init(_ entry: ZipEntry) {
    localHeaderOffset = entry.localHeaderOffset
    compressedSize = entry.compressedSize
    uncompressedSize = entry.uncompressedSize
    method = entry.method
    crc32 = entry.crc32
  }
}
