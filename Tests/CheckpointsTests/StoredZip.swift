import PthBytes

@testable import PthCheckpoints

/// A zip archive of uncompressed entries, in memory.
enum StoredZip {
  static func bytes(_ entries: [(name: String, body: [UInt8])]) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, body) in entries {
      var crc = CRC32()
      body.withUnsafeBytes { crc.add($0) }
      let fields = le(crc.value) + le(UInt32(body.count)) + le(UInt32(body.count))
      let names = le(UInt16(name.utf8.count)) + le(UInt16(0))
      let version = le(UInt16(20))
      // The flag says that names are UTF-8.
      let start =
        version + le(UInt16(0x800)) + le(UInt16(0)) + le(UInt32(0x21_0000)) + fields + names
      directory += [0x50, 0x4b, 1, 2] + version + start + le(UInt16(0)) + le(UInt16(0))
      directory += le(UInt16(0)) + le(UInt32(0)) + le(UInt32(file.count)) + Array(name.utf8)
      file += [0x50, 0x4b, 3, 4] + start + Array(name.utf8) + body
    }
    let counts = le(UInt16(entries.count)) + le(UInt16(entries.count))
    let place = le(UInt32(directory.count)) + le(UInt32(file.count)) + le(UInt16(0))
    return file + directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + counts + place
  }

  private static func le<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
