import PthBytes
import Glibc

/// The central directory of a zip archive, read straight from the mapping.
///
/// libzip does not give data offsets and takes longer to open an archive than a whole `inspect` may, so this reader
/// finds the entries. It follows PKWARE's APPNOTE: end record (4.3.16), zip64 end record and locator (4.3.14, 4.3.15),
/// central (4.3.12) and local (4.3.7) headers, zip64 extra field (4.5.3).
struct ZipDirectory {
  let bytes: Bytes
  let entries: [ZipEntry]
  /// Index of the first entry with each name. Names that differ only in the form of accented letters are equal here.
  private let indexByName: [String: Int]
  /// Index of the first entry with each name, byte by byte; nil if ``indexByName`` tells all names apart.
  private let indexByBytes: [[UInt8]: Int]?
  /// Where the central directory begins.
  let directoryOffset: Int
  /// Bytes that the end record claims for the directory, and bytes that its entries take.
  let claimedSize: Int
  let parsedSize: Int
  /// Whether the zip64 end record, if there is one, agrees with the ordinary end record.
  let endRecordsAgree: Bool
  /// Positions near the end that look like end records; more than one outside the entries is suspicious.
  let endRecords: [Int]
  let isCommentComplete: Bool
  /// The end record's comment.
  let comment: Bytes
  /// Byte after the end record and its comment; later bytes do not belong to the archive.
  let endOffset: Int

  static let localSignature: [UInt8] = [0x50, 0x4b, 0x03, 0x04]
  static let endSignature: [UInt8] = [0x50, 0x4b, 0x05, 0x06]

  /// - Throws: ``CheckpointError`` if there is no directory or it does not fit into the file.
  init(parsing bytes: Bytes) throws {
    self.bytes = bytes
    let (end, endRecords) = try Self.findEndRecord(bytes)
    self.endRecords = endRecords
    var count = Int(try bytes.integer(at: end + 10, as: UInt16.self))
    var size = Int(try bytes.integer(at: end + 12, as: UInt32.self))
    var offset = Int(try bytes.integer(at: end + 16, as: UInt32.self))
    let commentLength = Int(try bytes.integer(at: end + 20, as: UInt16.self))
    isCommentComplete = commentLength <= bytes.count - end - 22
    // PyTorch reads an archive with a truncated comment.
    comment = try bytes.slice(at: end + 22, count: min(commentLength, bytes.count - end - 22))
    endOffset = end + 22 + comment.count
    // PyTorch's reader follows the zip64 record whenever the archive has one.
    var agrees = true
    if let zip64 = try Self.findZip64Record(bytes, before: end) {
      let classic = (count, size, offset)
      count = try Self.size(bytes, at: zip64 + 32)
      size = try Self.size(bytes, at: zip64 + 40)
      offset = try Self.size(bytes, at: zip64 + 48)
      agrees =
        (classic.0 == 0xffff || classic.0 == count)
        && (classic.1 == 0xffff_ffff || classic.1 == size)
        && (classic.2 == 0xffff_ffff || classic.2 == offset)
    }
    endRecordsAgree = agrees
    guard offset <= end, size <= end - offset else {
      throw CheckpointError(
        .malformed("the zip directory lies outside of the file"), position: end)
    }
    // Every record takes at least 46 bytes; a larger count is false and would reserve memory for nothing.
    guard count <= size / 46 else {
      throw CheckpointError(
        .malformed("the zip directory names \(count) entries and has room for \(size / 46)"),
        position: end)
    }
    directoryOffset = offset
    var reader = try ByteReader(bytes, at: offset)
    var entries: [ZipEntry] = []
    var indexByName: [String: Int] = [:]
    var needsBytes = false
    entries.reserveCapacity(count)
    indexByName.reserveCapacity(count)
    for _ in 0..<count {
      let entry = try ZipEntry(parsing: &reader)
      if let first = indexByName[entry.name] {
        needsBytes =
          needsBytes || !entries[first].name.utf8.elementsEqual(entry.name.utf8)
      } else {
        indexByName[entry.name] = entries.count
      }
      entries.append(entry)
    }
    claimedSize = size
    parsedSize = reader.position - offset
    self.entries = entries
    self.indexByName = indexByName
    indexByBytes =
      needsBytes
      ? Dictionary(
        entries.enumerated().map { (Array($1.name.utf8), $0) },
        uniquingKeysWith: { first, _ in first })
      : nil
  }

  /// The index of the first entry of this name.
  func index(named name: String) -> Int? {
    guard let indexByBytes else { return indexByName[name] }
    return indexByBytes[Array(name.utf8)]
  }

  /// The first entry of this name.
  func entry(named name: String) -> ZipEntry? { index(named: name).map { entries[$0] } }

  /// Whether two entries have names that are equal, or differ only in the form of accented letters.
  var repeatsNames: Bool { indexByName.count < entries.count }

  /// Where the entry's (possibly compressed) data begins: after its local header, whose extra field may be longer than
  /// the directory's (PyTorch aligns storages with it).
  ///
  /// - Parameter headers: a reader of this archive's bytes.
  /// - Throws: ``CheckpointError`` if there is no local header or the data leaves the file.
  func dataOffset(of entry: ZipEntry, in headers: inout ExcerptReader) throws -> Int {
    let header = entry.localHeaderOffset
    let fixedSize = 30
    guard header <= bytes.count - fixedSize else {
      throw CheckpointError(
        .truncated("the local header lies past the end"), part: entry.name, position: header)
    }
    let local = try headers.excerpt(at: header, count: fixedSize)
    guard try local.integer(at: 0, as: UInt32.self) == 0x0403_4b50 else {
      throw CheckpointError(
        .malformed("no local header where the directory says"), part: entry.name, position: header)
    }
    let nameLength = Int(try local.integer(at: 26, as: UInt16.self))
    let extraLength = Int(try local.integer(at: 28, as: UInt16.self))
    let start = header + fixedSize + nameLength + extraLength
    guard start <= bytes.count, entry.compressedSize <= bytes.count - start else {
      throw CheckpointError(
        .truncated("\(entry.compressedSize) bytes of data reach past the end"), part: entry.name,
        position: start)
    }
    return start
  }

  /// The data of an entry that is stored uncompressed, without copying, and its offset in the file.
  func storedBytes(
    of entry: ZipEntry, in headers: inout ExcerptReader
  ) throws -> (bytes: Bytes, offset: Int) {
    guard entry.compressedSize == entry.uncompressedSize else {
      throw CheckpointError(
        .malformed(
          "stored uncompressed, but its sizes differ "
            + "(\(entry.compressedSize) and \(entry.uncompressedSize))"),
        part: entry.name, position: entry.localHeaderOffset)
    }
    let offset = try dataOffset(of: entry, in: &headers)
    return (try bytes.slice(at: offset, count: entry.compressedSize), offset)
  }

  // MARK: Finding the directory

  /// Whether the bytes end as a zip archive does, even if the directory is not where the end record says. Readers
  /// accept a truncated comment.
  static func endsLikeZip(_ bytes: Bytes) -> Bool {
    endSignatures(in: bytes).contains { position in
      guard let comment: UInt16 = try? bytes.integer(at: position + 20) else { return false }
      return position + shortestEndRecord + Int(comment) == bytes.count
        || position + shortestEndRecord + Int(comment) > bytes.count
          && directory(before: position, in: bytes) != nil
    }
  }

  /// The range of the archive that belongs to the last end record with a directory before it. Python's zipfile opens
  /// such an archive whatever comes before and after it.
  static func embeddedArchive(in bytes: Bytes) -> Range<Int>? {
    for position in endSignatures(in: bytes).reversed() {
      guard let (start, offset) = directory(before: position, in: bytes) else { continue }
      let comment = (try? bytes.integer(at: position + 20, as: UInt16.self)).map { Int($0) } ?? 0
      return max(
        0, start - offset)..<min(
          position + shortestEndRecord + comment, bytes.count)
    }
    return nil
  }

  /// Where the directory of an end record begins, and the offset that the record gives for it.
  private static func directory(before record: Int, in bytes: Bytes) -> (start: Int, offset: Int)? {
    var (end, size, offset) = (
      record, (try? bytes.integer(at: record + 12, as: UInt32.self)).map { Int($0) } ?? 0,
      (try? bytes.integer(at: record + 16, as: UInt32.self)).map { Int($0) } ?? 0
    )
    let wide = record - 20 - 56
    if wide >= 0, (try? bytes.integer(at: wide, as: UInt32.self)) == 0x0606_4b50,
      let wideSize = try? self.size(bytes, at: wide + 40),
      let wideOffset = try? self.size(bytes, at: wide + 48)
    {
      (end, size, offset) = (wide, wideSize, wideOffset)
    }
    guard size > 0, size <= end else { return nil }
    // Python looks directly before the end record, PyTorch at the offset in the record.
    return [end - size, offset].first {
      $0 <= end - size && (try? bytes.integer(at: $0, as: UInt32.self)) == 0x0201_4b50
    }.map { ($0, offset) }
  }

  private static let shortestEndRecord = 22

  /// Positions of end record signatures in the last 65,557 bytes: a record has 22 bytes and is followed by a comment
  /// of at most 65,535.
  private static func endSignatures(in bytes: Bytes) -> [Int] {
    guard bytes.count >= shortestEndRecord else { return [] }
    let last = bytes.count - shortestEndRecord
    let first = max(0, last - 0xffff)
    return bytes.withUnsafeBytes { buffer in
      var found: [Int] = []
      var position = first
      while position <= last,
        let hit = memchr(buffer.baseAddress! + position, 0x50, last + 1 - position)
      {
        position = UnsafeRawPointer(hit) - buffer.baseAddress!
        if buffer[position...].starts(with: endSignature) { found.append(position) }
        position += 1
      }
      return found
    }
  }

  /// The last end record that leads to a directory, and all positions that look like end records.
  private static func findEndRecord(_ bytes: Bytes) throws -> (position: Int, all: [Int]) {
    let signatures = endSignatures(in: bytes)
    // The signature may also occur in a comment or in appended data.
    guard let found = try signatures.last(where: { try leadsToDirectory(bytes, $0) }) else {
      throw CheckpointError(.truncated("the zip archive has no end-of-directory record"))
    }
    return (found, signatures)
  }

  /// Whether the end record at `position` points at a directory record, at an empty directory, or leaves its place to
  /// a zip64 record.
  private static func leadsToDirectory(_ bytes: Bytes, _ position: Int) throws -> Bool {
    let size = Int(try bytes.integer(at: position + 12, as: UInt32.self))
    let offset = Int(try bytes.integer(at: position + 16, as: UInt32.self))
    if size == 0xffff_ffff || offset == 0xffff_ffff { return true }
    guard offset <= position, size <= position - offset else { return false }
    return try size == 0 || bytes.integer(at: offset, as: UInt32.self) == 0x0201_4b50
  }

  /// Position of the zip64 end record that the locator directly before `end` points to.
  private static func findZip64Record(_ bytes: Bytes, before end: Int) throws -> Int? {
    let locator = end - 20
    guard locator >= 0, try bytes.integer(at: locator, as: UInt32.self) == 0x0706_4b50 else {
      return nil
    }
    let record = try size(bytes, at: locator + 8)
    guard record <= locator - 56, try bytes.integer(at: record, as: UInt32.self) == 0x0606_4b50
    else {
      throw CheckpointError(
        .malformed("the zip64 end record is not where its locator says"), position: locator)
    }
    return record
  }

  private static func size(_ bytes: Bytes, at offset: Int) throws -> Int {
    guard let value = Int(exactly: try bytes.integer(at: offset, as: UInt64.self)) else {
      throw CheckpointError(.malformed("a zip64 size exceeds 63 bits"), position: offset)
    }
    return value
  }
}
