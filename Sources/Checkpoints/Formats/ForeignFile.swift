import PthBytes

/// Recognises files that are not checkpoints by their first bytes.
enum ForeignFile {
  private static let archives: [(magic: [UInt8], name: String)] = [
    ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7-Zip"),
    (Array("Rar!\u{1a}\u{07}".utf8), "RAR"),
    (Array("ZF0x".utf8), "ZF"),
    (Array("LZIP".utf8), "lzip"),
    ([0x1f, 0x9d], "compress"),
    ([0xff, 0x06, 0x00, 0x00] + Array("sNaPpY".utf8), "snappy"),
  ]

  private static let others: [(magic: [UInt8], name: String)] = [
    ([0x89] + Array("HDF\r\n".utf8), "an HDF5 file (Keras or Caffe2), which PyTorch does not read"),
    (Array("GGUF".utf8), "a GGUF file, which holds weights for llama.cpp"),
    ([0x89] + Array("PNG".utf8), "a PNG image"),
    ([0xff, 0xd8, 0xff], "a JPEG image"),
    (Array("%PDF".utf8), "a PDF document"),
    ([0x7f] + Array("ELF".utf8), "a program (ELF)"),
    (Array("#!".utf8), "a script"),
  ]

  private static let pages = ["<!doctype", "<html", "<head", "<?xml", "<!--", "<body"]

  /// The first 512 bytes as text, without leading blanks and byte-order mark.
  static func head(_ bytes: Bytes) -> String {
    let head = (try? bytes.slice(at: 0, count: min(bytes.count, 512)).text) ?? ""
    return String(head.drop { $0.isWhitespace || $0 == "\u{feff}" })
  }

  /// - Throws: ``CheckpointError`` that says what the file is, if its first bytes are known.
  static func refuse(_ bytes: Bytes) throws {
    if let kind = CompressedStream.kind(of: bytes) {
      throw CheckpointError(.otherArchive(kind.name))
    }
    for (magic, name) in archives where bytes.starts(with: magic) {
      throw CheckpointError(.otherArchive(name))
    }
    for (magic, name) in others where bytes.starts(with: magic) {
      throw CheckpointError(.unknownFormat("this is \(name)"))
    }
    let text = head(bytes)
    if text.hasPrefix("version https://git-lfs") {
      let size = text.split(separator: "\n").first { $0.hasPrefix("size ") }
      throw CheckpointError(.gitLFSPointer(size: size.flatMap { Int($0.dropFirst(5)) }))
    }
    let lowered = text.lowercased()
    if pages.contains(where: lowered.hasPrefix) { throw CheckpointError(.html) }
  }

  /// Describes bytes that match no known format: the first eight in hexadecimal.
  static func describe(_ bytes: Bytes) -> String {
    let first = (0..<min(bytes.count, 8)).map { index in
      let digits = String(bytes[index], radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    return "no known format begins with the bytes \(first.joined(separator: " "))"
  }
}
