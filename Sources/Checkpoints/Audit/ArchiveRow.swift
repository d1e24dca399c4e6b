import PthBytes

/// Whole zip archives in a row, as `torch.distributed.checkpoint` writes one for each item. Which
/// of them are read, and from which byte on, the `.metadata` beside the file says.
struct ArchiveRow {
  /// Where the archives lie, from the first byte of the file to the last.
  let ranges: [Range<Int>]

  private static let endRecordSize = 22
  private static let zip64Size = 56 + 20
  private static let most = 1_000_000

  /// Nil unless at least two archives fill the bytes. Reads the directories alone, from the end:
  /// an end record says how long its archive is.
  init?(_ bytes: Bytes) {
    var ranges: [Range<Int>] = []
    var end = bytes.count
    while end > 0 {
      guard ranges.count < Self.most, let start = Self.start(of: bytes, endingAt: end) else {
        return nil
      }
      ranges.append(start..<end)
      end = start
    }
    guard ranges.count > 1 else { return nil }
    self.ranges = ranges.reversed()
  }

  /// Where the archive without a comment begins that ends here.
  private static func start(of bytes: Bytes, endingAt end: Int) -> Int? {
    let record = end - endRecordSize
    guard hasSignature(bytes, [0x50, 0x4b, 0x05, 0x06], at: record),
      let size = try? bytes.integer(at: record + 12, as: UInt32.self),
      let offset = try? bytes.integer(at: record + 16, as: UInt32.self),
      let comment = try? bytes.integer(at: record + 20, as: UInt16.self), comment == 0
    else { return nil }
    // PyTorch always writes the zip64 records, others seldom.
    for between in [zip64Size, 0] {
      let directory = record - between - Int(size)
      let start = directory - Int(offset)
      if start >= 0, hasSignature(bytes, [0x50, 0x4b, 0x01, 0x02], at: directory),
        hasSignature(bytes, ZipDirectory.localSignature, at: start)
      {
        return start
      }
    }
    return nil
  }

  private static func hasSignature(_ bytes: Bytes, _ signature: [UInt8], at start: Int) -> Bool {
    guard start >= 0, let found = try? bytes.slice(at: start, count: 4) else { return false }
    return found.starts(with: signature)
  }
}
