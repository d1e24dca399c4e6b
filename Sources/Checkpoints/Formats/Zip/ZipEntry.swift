import PthBytes

/// One record of a zip archive's central directory.
struct ZipEntry {
  let name: String
  let flags: UInt16
  let method: UInt16
  let crc32: UInt32
  let compressedSize: Int
  let uncompressedSize: Int
  let localHeaderOffset: Int

  static let stored: UInt16 = 0
  static let deflated: UInt16 = 8

  var isStored: Bool { method == Self.stored }
  /// General-purpose bits 0 (traditional) and 6 (strong encryption), and 13 (masked headers).
  var isEncrypted: Bool { flags & 0x2041 != 0 }
  var isDirectory: Bool { name.hasSuffix("/") }

  /// Parses the record at the reader's position and moves past it.
  init(parsing reader: inout ByteReader) throws {
    let start = reader.position
    let fixed = try reader.read(count: 46)
    guard try fixed.integer(at: 0, as: UInt32.self) == 0x0201_4b50 else {
      throw CheckpointError(.malformed("not a zip directory record"), position: start)
    }
    flags = try fixed.integer(at: 8)
    method = try fixed.integer(at: 10)
    crc32 = try fixed.integer(at: 16)
    // Order: uncompressed, compressed, offset.
    var sizes = SIMD4(
      UInt64(try fixed.integer(at: 24, as: UInt32.self)),
      UInt64(try fixed.integer(at: 20, as: UInt32.self)),
      UInt64(try fixed.integer(at: 42, as: UInt32.self)), 0)
    let nameLength = Int(try fixed.integer(at: 28, as: UInt16.self))
    let extraLength = Int(try fixed.integer(at: 30, as: UInt16.self))
    let commentLength = Int(try fixed.integer(at: 32, as: UInt16.self))
    name = try reader.read(count: nameLength).text
    let extra = try reader.read(count: extraLength)
    _ = try reader.read(count: commentLength)
    if any(sizes .== 0xffff_ffff) { try Self.applyZip64(extra, to: &sizes) }
    guard let uncompressed = Int(exactly: sizes[0]), let compressed = Int(exactly: sizes[1]),
      let offset = Int(exactly: sizes[2])
    else {
      throw CheckpointError(.malformed("a zip64 size exceeds 63 bits"), part: name, position: start)
    }
    (uncompressedSize, compressedSize, localHeaderOffset) = (uncompressed, compressed, offset)
  }

  /// Replaces each size of 0xffffffff by the next value of the zip64 extra field (id 1), in the order uncompressed,
  /// compressed, offset.
  private static func applyZip64(_ extra: Bytes, to sizes: inout SIMD4<UInt64>) throws {
    var reader = try ByteReader(extra)
    while reader.remaining >= 4 {
      let id = try reader.read(UInt16.self)
      let length = Int(try reader.read(UInt16.self))
      var field = try ByteReader(try reader.read(count: length))
      guard id == 1 else { continue }
      for index in 0..<3 where sizes[index] == 0xffff_ffff {
        sizes[index] = try field.read(UInt64.self)
      }
      return
    }
  }
}
