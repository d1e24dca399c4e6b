import Foundation
import PthBytes
import Testing

@testable import PthCheckpoints

/// Streams that are compressed as a whole, beyond the fixtures.
@Suite struct CompressedTests {
  /// `gzip.compress(b"", mtime=0)`
  private static let empty =
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0] as [UInt8]

  @Test func manyStreamsInARow() throws {
    var bytes: [UInt8] = []
    for _ in 0..<20_000 { bytes += Self.empty }
    let unpacked = CompressedStream.gzip.unpack(Bytes(bytes), limit: 1 << 20)
    #expect(unpacked.contents.isEmpty)
    #expect(unpacked.fault == nil)
    #expect(unpacked.rest.isEmpty)
  }

  /// Zeros between streams and behind the last are skipped; what is no stream is the rest.
  @Test func whatStandsBehind() throws {
    let zeros = [UInt8](repeating: 0, count: 7)
    let padded = CompressedStream.gzip.unpack(
      Bytes(Self.empty + zeros + Self.empty + zeros), limit: 100)
    #expect(padded.fault == nil)
    #expect(padded.rest.isEmpty)
    let followed = CompressedStream.gzip.unpack(Bytes(Self.empty + zeros + [1, 2, 3]), limit: 100)
    #expect(followed.rest.count == 10)
  }

  @Test func whatHasNoMark() throws {
    // Numbers of any kind, none of which is the header of LZMA.
    for word: UInt32 in [0, 1, 2, 3, 0x3f80_0000, 0xffff_ffff] {
      let bytes = [UInt32](repeating: word, count: 16).withUnsafeBytes { Bytes(Array($0)) }
      #expect(CompressedStream.kind(of: bytes) == nil)
      #expect(CompressedStream.possibleKind(of: bytes) == nil, "\(word)")
    }
    let header: [UInt8] = [0x5d, 0, 0x10, 0, 0] + [UInt8](repeating: 0xff, count: 8)
    #expect(CompressedStream.kind(of: Bytes(header + [0])) == .lzma)
    let other: [UInt8] = [0x2c, 0, 0, 1, 0] + [UInt8](repeating: 0xff, count: 8)
    let rest = [UInt8](repeating: 0, count: 8)
    #expect(CompressedStream.possibleKind(of: Bytes(other + rest)) == .lzma)
    #expect(CompressedStream.possibleKind(of: Bytes([0x18, 0x19, 1])) == .zlib)
  }
}
