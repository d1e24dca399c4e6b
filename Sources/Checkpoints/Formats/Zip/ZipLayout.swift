import PthBytes

/// A zip archive of uncompressed entries, as PyTorch's writer (miniz) lays it out: data aligned to 64 bytes by an
/// extra field of the local header, sizes and CRC in a descriptor after the data, names in UTF-8, no times, and always
/// a zip64 end record.
struct ZipLayout {
  private struct Entry {
    let name: String
    let size: Int
    let headerOffset: Int
    /// Whether its size or offset does not fit in 32 bits.
    var isLarge: Bool { size >= limit || headerOffset >= limit }
  }

  private var entries: [Entry] = []
  private var records: [FileLayout.Record] = []
  private var position = 0

  /// Bit 3: a descriptor follows; bit 11: UTF-8.
  private static let flags: UInt16 = 0x0808
  private static let alignment = 64
  private static let limit = 0xffff_ffff

  mutating func add(_ name: String, _ data: [OutputData]) {
    let entry = Entry(name: name, size: data.byteCount, headerOffset: position)
    let record = FileLayout.Record(
      head: Self.localHeader(entry), data: data,
      tail: FileLayout.Tail(count: Self.descriptor(0, entry).count) {
        Self.descriptor($0, entry)
      })
    position += record.byteCount
    entries.append(entry)
    records.append(record)
  }

  mutating func add(_ name: String, _ text: String) {
    add(name, [.bytes(Bytes(Array(text.utf8)))])
  }

  /// The whole file.
  ///
  /// - Parameter last: The name of a last entry, and its contents as a function of all other names and CRCs; the
  ///   length of the contents must not depend on them.
  func layout(
    last: (name: String, contents: @Sendable ([String], [UInt32]) -> [UInt8])? = nil
  ) -> FileLayout {
    let (entries, position) = (entries, position)
    return FileLayout(records: records) { checksums in
      var bytes: [UInt8] = []
      var entries = entries
      var checksums = checksums
      if let last {
        let contents = last.contents(entries.map(\.name), checksums)
        let entry = Entry(name: last.name, size: contents.count, headerOffset: position)
        let checksum = CRC32.of(contents)
        bytes = Self.localHeader(entry) + contents + Self.descriptor(checksum, entry)
        entries.append(entry)
        checksums.append(checksum)
      }
      let start = position + bytes.count
      for (entry, checksum) in zip(entries, checksums) {
        bytes += Self.directoryRecord(entry, checksum)
      }
      return bytes + Self.end(entries.count, at: start, size: position + bytes.count - start)
    }
  }

  // MARK: Records (APPNOTE 4.3)

  private static func localHeader(_ entry: Entry) -> [UInt8] {
    let name = Array(entry.name.utf8)
    // The sizes are in the descriptor. This zip64 field says that they have 64 bits; its values are those that miniz
    // writes: the size, 0 for the compressed size, and the header's own offset.
    var large = LittleEndianBytes()
    if entry.size >= limit { large.append(UInt64(entry.size), UInt64(0)) }
    if entry.headerOffset >= limit { large.append(UInt64(entry.headerOffset)) }
    var extra = LittleEndianBytes()
    if entry.isLarge { extra.append(UInt16(1), UInt16(large.bytes.count)) }
    extra.bytes += large.bytes
    let unpadded = entry.headerOffset + 30 + name.count + extra.bytes.count + 4
    let padding = (alignment - unpadded % alignment) % alignment
    extra.append(UInt16(0x4246), UInt16(padding))
    extra.bytes += repeatElement(UInt8(ascii: "Z"), count: padding)
    var header = LittleEndianBytes()
    header.append(UInt32(0x0403_4b50), UInt16(0), flags, UInt16(0), UInt16(0), UInt16(0))
    header.append(UInt32(0), UInt32(0), UInt32(0), UInt16(name.count), UInt16(extra.bytes.count))
    return header.bytes + name + extra.bytes
  }

  private static func descriptor(_ checksum: UInt32, _ entry: Entry) -> [UInt8] {
    var bytes = LittleEndianBytes()
    bytes.append(UInt32(0x0807_4b50), checksum)
    if entry.isLarge {
      bytes.append(UInt64(entry.size), UInt64(entry.size))
    } else {
      bytes.append(UInt32(entry.size), UInt32(entry.size))
    }
    return bytes.bytes
  }

  private static func directoryRecord(_ entry: Entry, _ checksum: UInt32) -> [UInt8] {
    let name = Array(entry.name.utf8)
    var extra = LittleEndianBytes()
    if entry.size >= limit { extra.append(UInt64(entry.size), UInt64(entry.size)) }
    if entry.headerOffset >= limit { extra.append(UInt64(entry.headerOffset)) }
    let size = UInt32(min(entry.size, limit))
    var record = LittleEndianBytes()
    record.append(UInt32(0x0201_4b50), UInt16(0), UInt16(0), flags, UInt16(0), UInt16(0), UInt16(0))
    record.append(checksum, size, size, UInt16(name.count))
    record.append(UInt16(extra.bytes.isEmpty ? 0 : extra.bytes.count + 4), UInt16(0), UInt16(0))
    record.append(UInt16(0), UInt32(0), UInt32(min(entry.headerOffset, limit)))
    record.bytes += name
    if !extra.bytes.isEmpty { record.append(UInt16(1), UInt16(extra.bytes.count)) }
    return record.bytes + extra.bytes
  }

  private static func end(_ count: Int, at start: Int, size: Int) -> [UInt8] {
    var bytes = LittleEndianBytes()
    bytes.append(UInt32(0x0606_4b50), UInt64(44), UInt16(0x031e), UInt16(45), UInt32(0), UInt32(0))
    bytes.append(UInt64(count), UInt64(count), UInt64(size), UInt64(start))
    bytes.append(UInt32(0x0706_4b50), UInt32(0), UInt64(start + size), UInt32(1))
    let short = UInt16(min(count, 0xffff))
    bytes.append(UInt32(0x0605_4b50), UInt16(0), UInt16(0), short, short)
    bytes.append(UInt32(min(size, limit)), UInt32(min(start, limit)), UInt16(0))
    return bytes.bytes
  }
}

/// A byte array to which integers are appended in little-endian order.
struct LittleEndianBytes {
  var bytes: [UInt8] = []

  mutating func append<each T: FixedWidthInteger>(_ value: repeat each T) {
    for value in repeat each value {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
  }
}
