import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthCheckpoints

/// libzip is the oracle of the directory reader.
@Suite struct ZipDirectoryTests {
  static let archives = (Fixtures.names(in: "checkpoints") + Fixtures.names(in: "hostile")).filter {
    guard let bytes = try? MappedFile(path: Fixtures.path($0)).bytes else { return false }
    return bytes.starts(with: ZipDirectory.localSignature)
  }

  static let openedByLibzip = archives.filter {
    guard let bytes = try? MappedFile(path: Fixtures.path($0)).bytes else { return false }
    return !$0.contains("sequence-hidden") && (try? LibzipArchive(bytes)) != nil
  }

  /// What libzip opens, this reader opens, with the same names in the same order.
  @Test(arguments: openedByLibzip)
  func namesAreThoseOfLibzip(_ name: String) throws {
    let bytes = try MappedFile(path: Fixtures.path(name)).bytes
    let libzip = try LibzipArchive(bytes)
    let directory = try ZipDirectory(parsing: bytes)
    // libzip shows a NUL in a name as a blank.
    let names = directory.entries.map { $0.name.replacing("\0", with: " ") }
    #expect(names == libzip.names())
  }

  /// Every entry of an ordinary archive has the contents that libzip inflates or copies.
  @Test(arguments: archives.filter { $0.hasPrefix("checkpoints/") && !$0.contains("no-crc") })
  func contentsAreThoseOfLibzip(_ name: String) throws {
    let bytes = try MappedFile(path: Fixtures.path(name)).bytes
    let archive = try ZipArchive(bytes)
    let end = min(archive.directory.endOffset, bytes.count)
    let libzip = try LibzipArchive(try bytes.slice(at: 0, count: end))
    for (index, entry) in archive.directory.entries.enumerated() {
      let ours = try archive.contents(index).bytes
      let theirs = try libzip.inflate(
        at: index, name: entry.name, size: entry.uncompressedSize)
      let digests = [try SHA256.hexDigest(of: ours), try SHA256.hexDigest(of: theirs)]
      #expect(digests[0] == digests[1], "\(entry.name)")
    }
  }

  @Test func thereAreArchives() {
    #expect(Self.archives.count > 100)
    #expect(Self.openedByLibzip.count > 90)
  }
}
