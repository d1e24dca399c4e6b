import PthBytes
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import PthCheckpoints

/// Archives beyond what 32 bits count, and the CRC of their entries.
@Suite struct ZipLayoutTests {
  /// Around the limit, beyond it, and small ones that begin beyond it.
  private static let sizes = [
    3, 5 << 30, 7, 0xffff_fffe, 0xffff_ffff, 1 << 32, 0, 100,
  ]

  /// What stands around the data is written into a file with holes: nobody has to wait for 21 GB.
  @Test func largeEntriesAndOffsetsAreZip64() throws {
    var archive = ZipLayout()
    for (index, size) in Self.sizes.enumerated() {
      archive.add("entry/\(index)", [.computed(byteCount: size, unit: 1) { _, _ in }])
    }
    let last = Array("the last one".utf8)
    let layout = archive.layout(last: ("entry/last", { _, _ in last }))
    let folder = try TemporaryFolder()
    let path = folder.path("large.zip")
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    defer { close(descriptor) }
    func put(_ bytes: [UInt8], at offset: Int) throws {
      #expect(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
    }
    var offset = 0
    let checksums = Self.sizes.indices.map { UInt32($0 == 6 ? 0 : 1000 + $0) }
    for (record, checksum) in zip(layout.records, checksums) {
      try put(record.head, at: offset)
      offset += record.byteCount
      let tail = try #require(record.tail).bytes(checksum)
      try put(tail, at: offset - tail.count)
    }
    let closing = layout.closing(checksums)
    try put(closing, at: offset)
    #expect(layout.byteCount == offset + closing.count)

    let bytes = try MappedFile(path: path).bytes
    let directory = try ZipDirectory(parsing: bytes)
    #expect(directory.endRecordsAgree && directory.endRecords.count == 1)
    #expect(directory.entries.map(\.uncompressedSize) == Self.sizes + [last.count])
    #expect(directory.entries.map(\.crc32).dropLast() == checksums[...])
    var headers = ExcerptReader(bytes)
    for entry in directory.entries {
      let start = try directory.dataOffset(of: entry, in: &headers)
      #expect(start % 64 == 0, "\(entry.name)")
    }
    // libzip compares all local headers with the directory.
    let libzip = try LibzipArchive(bytes, isStrict: true)
    #expect(libzip.names() == directory.entries.map(\.name))
    let index = Self.sizes.count
    let contents = try libzip.inflate(at: index, name: "entry/last", size: last.count)
    #expect(contents.count == last.count && last.indices.allSatisfy { contents[$0] == last[$0] })
  }

  /// What PyTorch puts around the data, byte for byte, but for the hash in the serialization id.
  @Test func largeArchivesAreThoseOfPyTorch() throws {
    let truth: LargeArchive = try Fixtures.truth("zip64")
    var archive = ZipLayout()
    for entry in truth.entries.dropLast() {
      let data = entry.data.map { OutputData.bytes(Bytes($0)) }
      archive.add(entry.name, [data ?? .computed(byteCount: entry.size, unit: 1) { _, _ in }])
    }
    let last = try #require(truth.entries.last)
    let identity = try #require(last.data)
    let layout = archive.layout(last: (last.name, { _, _ in identity }))
    var written: [(offset: Int, bytes: [UInt8])] = []
    func put(_ bytes: [UInt8], at offset: Int) {
      if let end = written.last, end.offset + end.bytes.count == offset {
        written[written.count - 1].bytes += bytes
      } else {
        written.append((offset, bytes))
      }
    }
    var (offset, checksums) = (0, [UInt32]())
    for (record, entry) in zip(layout.records, truth.entries) {
      // torch.save skipped the data, and so their CRC.
      let checksum = entry.data.map { CRC32.of($0) } ?? 0
      checksums.append(checksum)
      put(record.head, at: offset)
      let tail = try #require(record.tail).bytes(checksum)
      if let data = entry.data { put(data, at: offset + record.head.count) }
      offset += record.byteCount
      put(tail, at: offset - tail.count)
    }
    put(layout.closing(checksums), at: offset)
    // Small entries are parts of what stands between the large ones.
    var expected: [(offset: Int, bytes: [UInt8])] = []
    for (segment, entry) in zip(truth.segments, truth.entries + [nil]) {
      var bytes = segment.bytes + (entry?.data ?? [])
      if let end = expected.last, end.offset + end.bytes.count == segment.offset {
        bytes = expected.removeLast().bytes + bytes
        expected.append((end.offset, bytes))
      } else {
        expected.append((segment.offset, bytes))
      }
    }
    #expect(written.map(\.offset) == expected.map(\.offset))
    for (ours, theirs) in zip(written, expected) {
      #expect(ours.bytes == theirs.bytes, "at \(ours.offset)")
    }
  }

  /// Against a division bit by bit, for lengths around those that are folded, begun anywhere.
  @Test func checksumsAreThoseOfTheDefinition() {
    var state: UInt32 = 1
    let bytes = (0..<2000).map { _ -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    func expected(_ part: ArraySlice<UInt8>) -> UInt32 {
      var crc: UInt32 = 0xffff_ffff
      for byte in part {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
      }
      return ~crc
    }
    for length in Array(0...260) + [511, 512, 513, 1023, 1999] {
      #expect(CRC32.of(Array(bytes[..<length])) == expected(bytes[..<length]), "\(length)")
      #expect(
        CRC32.of(Array(bytes[1..<length + 1])) == expected(bytes[1..<length + 1]), "\(length)")
    }
    for cut in stride(from: 0, through: 2000, by: 37) {
      var checksum = CRC32()
      bytes[..<cut].withUnsafeBytes { checksum.add($0) }
      bytes[cut...].withUnsafeBytes { checksum.add($0) }
      #expect(checksum.value == expected(bytes[...]), "\(cut)")
    }
    #expect(CRC32.of(Array("123456789".utf8)) == 0xcbf4_3926)
  }

  /// Where the data lie alike in the pages of both files, the kernel copies; elsewhere a window does.
  @Test(arguments: [0, 1, 64, 4095, 4096])
  func dataOfAFileGoIntoAnother(offset: Int) throws {
    let folder = try TemporaryFolder()
    let content = Data((0..<(9 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 3 ^ $0) })
    try content.write(to: URL(filePath: folder.path("source")))
    let source = try MappedFile(path: folder.path("source")).bytes
    let length = source.count - 4096
    let head = [UInt8](repeating: 0xaa, count: 4096)
    let layout = FileLayout(
      records: [
        .init(head: head, data: [.bytes(try source.slice(at: offset, count: length))]),
        .init(head: [1, 2, 3], data: [.bytes(try source.slice(at: 0, count: length))]),
      ], closing: { _ in [9] })
    let file = try AtomicFile(folder.path("target"))
    let written = Atomic(0)
    try LayoutWriter(layout: layout, file: file) { written.wrappingAdd($0, ordering: .relaxed) }
      .run()
    try file.commit()
    let expected =
      Data(head) + content[offset..<offset + length] + Data([1, 2, 3]) + content[..<length]
      + Data([9])
    #expect(try Data(contentsOf: URL(filePath: folder.path("target"))) == expected)
    #expect(written.load(ordering: .relaxed) == expected.count - 1)
  }
}

/// What `Fixtures/zip64.json` records.
private struct LargeArchive: Decodable {
  struct Entry: Decodable {
    let name: String
    let size: Int
    /// nil for those that were left out.
    let data: [UInt8]?

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      name = try values.decode(String.self)
      size = try values.decode(Int.self)
      data = try values.decodeNil() ? nil : [UInt8](hexadecimal: values.decode(String.self))
    }
  }
  struct Segment: Decodable {
    let offset: Int
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      offset = try values.decode(Int.self)
      bytes = try [UInt8](hexadecimal: values.decode(String.self))
    }
  }
  let entries: [Entry]
  let segments: [Segment]
}

extension [UInt8] {
  fileprivate init(hexadecimal text: String) {
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }
}
