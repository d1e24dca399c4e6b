import PthBytes

/// Lays out the container of `torch.save` since PyTorch 1.6, with the records of its newest version.
enum TorchZipLayout {
  static func layout(_ contents: OutputContents, _ options: OutputOptions, stem: String) throws
    -> FileLayout
  {
    var pickle = try TorchPickle(contents, options)
    let bytes = try pickle.encode()
    var zip = ZipLayout()
    zip.add(stem + "/data.pkl", [.bytes(Bytes(bytes))])
    zip.add(stem + "/.format_version", "1")
    zip.add(stem + "/.storage_alignment", "64")
    zip.add(stem + "/byteorder", "little")
    for (number, storage) in pickle.storages.storages.enumerated() {
      zip.add("\(stem)/data/\(number)", [storage.data])
    }
    zip.add(stem + "/version", "3\n")
    return zip.layout(last: (stem + "/.data/serialization_id", serializationID))
  }

  /// Forty digits: a hash of the record names and a hash of their CRCs. PyTorch's digits differ, since its C++ library
  /// hashes otherwise; readers only compare them between copies of a file.
  private static func serializationID(_ names: [String], _ checksums: [UInt32]) -> [UInt8] {
    func digits(_ hash: UInt64) -> String {
      let text = String(hash)
      return String(repeating: "0", count: 20 - text.count) + text
    }
    let ofNames = fnv1a(names.joined(separator: "\0").utf8)
    let ofData = fnv1a(
      checksums.flatMap { checksum in withUnsafeBytes(of: checksum.littleEndian) { Array($0) } })
    return Array((digits(ofNames) + digits(ofData)).utf8)
  }

  private static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
