import Foundation
import Testing

@testable import PthBytes

/// Excerpts of large files come from the file, all others from memory: with the same bytes.
@Suite struct ExcerptTests {
  /// A file with holes, which takes no room on disk, and eight bytes at `position`.
  private func withFile(
    size: Int, position: Int, _ body: (MappedFile) throws -> Void
  ) throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "excerpt-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: UInt64(size))
    try handle.seek(toOffset: UInt64(position))
    try handle.write(contentsOf: Data(1...8))
    try handle.close()
    try body(try MappedFile(path: path))
  }

  @Test(arguments: [1 << 12, (1 << 20) + 4096])
  func excerptsAreTheBytes(_ size: Int) throws {
    let position = size - 100
    try withFile(size: size, position: position) { file in
      let expected = Array<UInt8>([0, 0]) + Array(1...8) + [0]
      for bytes in [file.bytes, try file.bytes.suffix(from: 50)] {
        let start = position - (size - bytes.count) - 2
        let excerpt = try bytes.excerpt(at: start, count: expected.count)
        #expect(excerpt.withUnsafeBytes { Array($0) } == expected)
        let isFromFile = MappedFile.origin(of: excerpt) == nil
        #expect(isFromFile == (size > 1 << 20))
        #expect(throws: OutOfBounds.self) { try bytes.excerpt(at: bytes.count - 3, count: 4) }
        #expect(throws: OutOfBounds.self) { try bytes.excerpt(at: -1, count: 4) }
        #expect(
          try bytes.withScatteredAccess { try bytes.excerpt(at: start + 2, count: 1)[0] } == 1)
      }
    }
  }

  /// Each read, whether out of the last window or not, is the bytes asked for.
  @Test(arguments: [1 << 12, (1 << 20) + 4096])
  func windowsAreTheBytes(_ size: Int) throws {
    try withFile(size: size, position: size - 8) { file in
      var reader = ExcerptReader(file.bytes)
      let reads: [(at: Int, count: Int, index: Int, byte: UInt8)] = [
        (size - 500, 30, 0, 0), (size - 8, 8, 7, 8), (size - 7, 1, 0, 2), (0, 1000, 999, 0),
        (size - 1000, 1000, 995, 4),
      ]
      for read in reads {
        let excerpt = try reader.excerpt(at: read.at, count: read.count)
        #expect(excerpt.count == read.count)
        #expect(excerpt[read.index] == read.byte)
      }
      let atEnd = try reader.excerpt(at: size, count: 0)
      #expect(atEnd.isEmpty)
      for (offset, count) in [(size - 3, 4), (-1, 4), (size + 1, 0)] {
        #expect(throws: OutOfBounds.self) { try reader.excerpt(at: offset, count: count) }
      }
    }
  }

  @Test func memoryHasNoFile() throws {
    let bytes = Bytes([1, 2, 3])
    #expect(try bytes.excerpt(at: 1, count: 2)[1] == 3)
    #expect(try bytes.withScatteredAccess { try bytes.excerpt(at: 0, count: 1)[0] } == 1)
  }
}
