import PthBytes

/// Zip archives one after another in one file, each with offsets relative to its own beginning.
///
/// torch.distributed.checkpoint writes its shards this way and reads one archive at a time.
enum ZipSequence {
  private static let endRecordSize = 22
  private static let locatorSize = 20
  /// No process saves this many tensors into one shard.
  private static let maximumCount = 1_000_000

  /// Where an archive begins, and where its directory and zip64 end record are, relative to that.
  private struct Place {
    let start: Int
    let directory: Int
    let wideRecord: Int?
  }

  /// The ranges of the archives; nil if the bytes are a single archive, or if a reader could take them for one archive
  /// with other contents.
  static func archives(in bytes: Bytes) -> [Range<Int>]? {
    var places: [Place] = []
    var ranges: [Range<Int>] = []
    var end = bytes.count
    while end > 0, ranges.count < maximumCount {
      guard let place = archive(endingAt: end, in: bytes), place.start < end else { return nil }
      places.append(place)
      ranges.append(place.start..<end)
      end = place.start
    }
    guard ranges.count > 1, end == 0, let first = places.last else { return nil }
    // A reader of the whole file measures offsets from its beginning: there it must find nothing, or the first
    // archive's directory, which is judged with that archive.
    let isPlain = places.dropLast().allSatisfy { place in
      let misleads =
        place.directory != first.directory
        && begins(bytes, at: place.directory, with: 0x0201_4b50)
      let misleadsWidely = place.wideRecord.map {
        $0 != first.wideRecord && begins(bytes, at: $0, with: 0x0606_4b50)
      }
      return !misleads && misleadsWidely != true
    }
    return isPlain ? ranges.reversed() : nil
  }

  /// The archive whose end record is directly before `end`.
  private static func archive(endingAt end: Int, in bytes: Bytes) -> Place? {
    let record = end - endRecordSize
    guard record >= 0, begins(bytes, at: record, with: 0x0605_4b50),
      let size: UInt32 = try? bytes.integer(at: record + 12),
      let offset: UInt32 = try? bytes.integer(at: record + 16),
      let comment: UInt16 = try? bytes.integer(at: record + 20), comment == 0
    else { return nil }
    let wide = wideDirectory(before: record, in: bytes)
    let directoryEnd = wide?.record ?? record
    let directory =
      wide.map { (size: $0.size, offset: $0.offset) } ?? (size: Int(size), offset: Int(offset))
    guard directory.size > 0, directory.size <= directoryEnd,
      directory.offset <= directoryEnd - directory.size
    else { return nil }
    let start = directoryEnd - directory.size - directory.offset
    guard begins(bytes, at: start, with: 0x0403_4b50) else { return nil }
    return Place(
      start: start, directory: directory.offset, wideRecord: wide.map { $0.record - start })
  }

  /// The zip64 end record directly before its locator, which is directly before the end record.
  private static func wideDirectory(before end: Int, in bytes: Bytes) -> (
    record: Int, size: Int, offset: Int
  )? {
    let locator = end - locatorSize
    let record = locator - 56
    guard record >= 0, begins(bytes, at: locator, with: 0x0706_4b50),
      begins(bytes, at: record, with: 0x0606_4b50),
      let size = (try? bytes.integer(at: record + 40, as: UInt64.self)).flatMap(Int.init(exactly:)),
      let offset = (try? bytes.integer(at: record + 48, as: UInt64.self))
        .flatMap(Int.init(exactly:))
    else { return nil }
    return (record, size, offset)
  }

  private static func begins(_ bytes: Bytes, at offset: Int, with signature: UInt32) -> Bool {
    (try? bytes.integer(at: offset, as: UInt32.self)) == signature
  }
}
