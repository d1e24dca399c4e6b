import PthBytes
import PthPickle

/// Finds properties that make two readers see different contents of an archive, or let an entry leave the folder it is
/// extracted to.
///
/// The habits of PyTorch's own writer are accepted: sizes in a data descriptor with zeros in the local header, and a
/// padding field that only local headers have.
struct ZipTricks {
  struct Finding {
    /// Nil for a finding that is unusual but harmless; the scan reports it as a warning.
    let verdict: AuditVerdict?
    let text: String
    let part: String?
  }
  private(set) var findings: [Finding] = []

  private let archive: ZipArchive
  private var headers: ExcerptReader
  private var directory: ZipDirectory { archive.directory }

  /// - Parameters:
  ///   - checksCRCs: Whether to check the CRCs of the entries that are not storages, which reads them.
  ///   - asksLibzip: Whether libzip checks the archive as well if no problem is found here.
  init(_ archive: ZipArchive, checksCRCs: Bool, asksLibzip: Bool) {
    self.archive = archive
    headers = ExcerptReader(archive.bytes)
    checkNames()
    var offsets: [Int?] = []
    offsets.reserveCapacity(directory.entries.count)
    for entry in directory.entries {
      let data = try? directory.dataOffset(of: entry, in: &headers)
      offsets.append(data)
      checkLocalHeader(entry, data: data)
    }
    checkOverlaps(offsets)
    checkDirectory()
    checkEndRecords(offsets)
    if checksCRCs { checkChecksums() }
    if asksLibzip, !findings.contains(where: { $0.verdict != nil }) { checkConsistency() }
  }

  private mutating func add(_ verdict: AuditVerdict?, _ text: String, part: String? = nil) {
    if findings.count < 1000 {
      findings.append(Finding(verdict: verdict, text: text, part: part))
    }
  }

  private mutating func checkNames() {
    var seen: Set<[UInt8]> = []
    let isPyTorch = TorchZipContainer.prefix(in: directory) != nil
    // The directory's index already shows that names differ; only capitals can make two of them equal.
    let mayRepeat =
      directory.repeatsNames
      || directory.entries.contains { Self.hasCapital($0.name) }
    for entry in directory.entries {
      if mayRepeat, !seen.insert(Self.folded(entry.name)).inserted {
        add(
          .dangerous, "occurs twice in the archive: readers differ in which they take",
          part: entry.name)
      }
      if let problem = EntryName.problem(entry.name) {
        add(.dangerous, problem, part: entry.name)
      } else if entry.name.hasByte({ $0 >= 0x80 }), entry.name.unicodeScalars.contains("\u{fffd}") {
        add(.unknown, "has a name that is no UTF-8", part: entry.name)
      }
      if entry.isEncrypted {
        if isPyTorch || isReadable(entry) {
          add(
            .dangerous, "is flagged as encrypted, and readers differ in whether they care",
            part: entry.name)
        } else {
          add(.unknown, "is encrypted", part: entry.name)
        }
      }
      if entry.method != ZipEntry.stored, entry.method != ZipEntry.deflated {
        let method = "compression method \(entry.method)"
        add(
          isPyTorch ? .dangerous : .unknown,
          isPyTorch
            ? "claims \(method), which PyTorch never uses"
            : "has \(method), which is not read here",
          part: entry.name)
      }
    }
  }

  /// Whether an entry that is flagged as encrypted is in fact not: encryption adds bytes.
  private func isReadable(_ entry: ZipEntry) -> Bool {
    if entry.isStored { return entry.compressedSize == entry.uncompressedSize }
    var headers = headers
    guard entry.method == ZipEntry.deflated, entry.compressedSize > 0,
      let start = try? directory.dataOffset(of: entry, in: &headers),
      let body = try? archive.bytes.slice(at: start, count: entry.compressedSize)
    else { return false }
    return CompressedStream.isDeflated(body, to: entry.uncompressedSize)
  }

  /// PyTorch's zip library compares names byte by byte, without regard to the case of ASCII letters. Other capitals,
  /// and the two forms of an accented letter, make names different.
  private static func folded(_ name: String) -> [UInt8] {
    name.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func hasCapital(_ name: String) -> Bool {
    name.hasByte { $0 >= 0x41 && $0 <= 0x5a }
  }

  private mutating func checkLocalHeader(_ entry: ZipEntry, data: Int?) {
    let start = entry.localHeaderOffset
    guard let data,
      let local = try? headers.excerpt(at: start, count: 30),
      let flags: UInt16 = try? local.integer(at: 6),
      let method: UInt16 = try? local.integer(at: 8),
      let nameLength: UInt16 = try? local.integer(at: 26),
      let name = try? headers.excerpt(at: start + 30, count: Int(nameLength)).text
    else {
      return add(.dangerous, "has no local header where the directory says", part: entry.name)
    }
    if name != entry.name {
      add(.dangerous, "is called '\(name)' by its local header", part: entry.name)
    }
    if method != entry.method {
      add(
        .dangerous,
        "has compression method \(method) in its local header, \(entry.method) in the "
          + "directory", part: entry.name)
    }
    if (flags ^ entry.flags) & 0x2041 != 0 {
      add(.dangerous, "is encrypted by only one of its two headers", part: entry.name)
    }
    checkSizes(entry, local: local, data: data, hasDescriptor: flags & 8 != 0)
    // Encryption adds twelve bytes before the data.
    let added = entry.isEncrypted && method == entry.method ? 12 : 0
    if entry.isStored, entry.compressedSize != entry.uncompressedSize,
      entry.compressedSize != entry.uncompressedSize + added
    {
      add(.dangerous, "is stored, but has two different sizes", part: entry.name)
    }
  }

  private mutating func checkSizes(
    _ entry: ZipEntry, local: Bytes, data: Int, hasDescriptor: Bool
  ) {
    guard let compressed: UInt32 = try? local.integer(at: 18),
      let uncompressed: UInt32 = try? local.integer(at: 22)
    else { return }
    let isZip64 = compressed == .max || uncompressed == .max
    let agrees =
      Int(compressed) == entry.compressedSize && Int(uncompressed) == entry.uncompressedSize
    if agrees || isZip64 { return }
    guard hasDescriptor, compressed == 0, uncompressed == 0 else {
      return add(
        .dangerous, "has another size in its local header than in the directory", part: entry.name)
    }
    if !descriptorAgrees(entry, at: data + entry.compressedSize) {
      add(
        .dangerous, "has another size in its data descriptor than in the directory",
        part: entry.name)
    }
  }

  /// Compares the data descriptor: an optional signature, the CRC, and two sizes of four or eight bytes.
  private mutating func descriptorAgrees(_ entry: ZipEntry, at start: Int) -> Bool {
    let maximumLength = 24
    let length = min(maximumLength, max(0, archive.bytes.count - start))
    guard let bytes = try? headers.excerpt(at: start, count: length) else { return false }
    let signature: UInt32? = try? bytes.integer(at: 0)
    for sizes in (signature == 0x0807_4b50 ? [8, 4] : [4]) {
      if let compressed: UInt32 = try? bytes.integer(at: sizes),
        let uncompressed: UInt32 = try? bytes.integer(at: sizes + 4),
        Int(compressed) == entry.compressedSize, Int(uncompressed) == entry.uncompressedSize
      {
        return true
      }
      if let compressed: UInt64 = try? bytes.integer(at: sizes),
        let uncompressed: UInt64 = try? bytes.integer(at: sizes + 8),
        Int(exactly: compressed) == entry.compressedSize,
        Int(exactly: uncompressed) == entry.uncompressedSize
      {
        return true
      }
    }
    return false
  }

  private mutating func checkOverlaps(_ offsets: [Int?]) {
    var end = 0
    var previous = ""
    let inOrder = zip(directory.entries, offsets).sorted {
      $0.0.localHeaderOffset < $1.0.localHeaderOffset
    }
    for (entry, data) in inOrder {
      guard let data else { continue }
      if entry.localHeaderOffset < end {
        add(.dangerous, "overlaps '\(previous)'", part: entry.name)
      }
      (end, previous) = (max(end, data + entry.compressedSize), entry.name)
    }
    if end > directory.directoryOffset {
      add(.dangerous, "overlaps the directory", part: previous)
    }
  }

  private mutating func checkDirectory() {
    if let first = directory.entries.map(\.localHeaderOffset).min(), first > 0 {
      add(.dangerous, "has \(first) bytes before its first entry")
    }
    if directory.parsedSize != directory.claimedSize {
      add(
        .dangerous,
        "has a directory of \(directory.claimedSize) bytes, of which its entries take "
          + "\(directory.parsedSize)")
    }
    if !directory.endRecordsAgree {
      add(.dangerous, "has two end records that lead to different directories")
    }
    if !directory.isCommentComplete { add(.dangerous, "has a comment that reaches past its end") }
    let comment = directory.comment
    guard !comment.isEmpty else { return }
    let (document, error) = PickleDocument.parseAsFarAsPossible(comment)
    if error == nil, document.callsSomething {
      add(.dangerous, "has a pickle in its comment")
    } else {
      add(nil, "the archive has a comment of \(comment.count) bytes")
    }
  }

  /// An archive stored inside another has its own end record, which lies within an entry.
  private mutating func checkEndRecords(_ offsets: [Int?]) {
    guard directory.endRecords.count > 1 else { return }
    let bodies = zip(directory.entries, offsets).compactMap { entry, data in
      data.map { $0..<$0 + entry.compressedSize }
    }
    // No real archive has so many end records in its last 64 KiB.
    let maximumCount = 64
    let own = directory.endRecords.prefix(maximumCount).filter { record in
      !bodies.contains { $0.contains(record) }
    }
    let count = directory.endRecords.count > maximumCount ? directory.endRecords.count : own.count
    if count > 1 {
      add(.dangerous, "has \(count) end records: readers differ in which they take")
    }
  }

  /// Asks libzip for a second opinion on an archive that passed the checks above.
  private mutating func checkConsistency() {
    do {
      let end = min(directory.endOffset, archive.bytes.count)
      let bytes = try archive.bytes.slice(at: 0, count: end)
      try bytes.withScatteredAccess { _ = try LibzipArchive(bytes, isStrict: true) }
    } catch {
      add(.unknown, "is inconsistent: \(CheckpointError.wrapping(error).reasonText)")
    }
  }

  /// Checks the CRCs of the entries that a reader interprets; `inspect --checksum` checks the storages.
  private mutating func checkChecksums() {
    for (index, entry) in directory.entries.enumerated() {
      if entry.name.contains("/data/") || entry.isEncrypted { continue }
      do {
        if try archive.hasValidCRC(index) { continue }
        add(
          nil, "does not have the CRC that the directory says (PyTorch can save without CRCs)",
          part: entry.name)
      } catch {
        let reason = CheckpointError.wrapping(error).reasonText
        add(.unknown, "cannot be read to its end: \(reason)", part: entry.name)
      }
    }
  }
}

/// Names that leave the folder to which an archive is extracted.
enum EntryName {
  static func problem(_ name: String) -> String? {
    // Nearly every name has none of these bytes, so one pass over the name is enough.
    guard name.hasByte({ $0 < 0x2f || $0 == 0x5c || $0 == 0x3a }) || name.hasPrefix("/") else {
      return nil
    }
    if name.utf8.contains(0) { return "has a NUL in its name" }
    if name.hasPrefix("/") { return "has an absolute path as its name" }
    if name.contains("\\") || name.dropFirst().first == ":" {
      return "has a Windows path as its name"
    }
    if name.split(separator: "/").contains("..") { return "has a name that leaves its folder" }
    return nil
  }
}

extension String {
  /// Whether a byte of the text satisfies `predicate`; faster than using the UTF-8 view.
  @inline(__always)
  fileprivate func hasByte(_ predicate: (UInt8) -> Bool) -> Bool {
    var text = self
    return text.withUTF8 { $0.contains(where: predicate) }
  }
}
