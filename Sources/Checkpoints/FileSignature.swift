import PthBytes
import PthPickle

/// What a file is by its first bytes. File names are never consulted.
enum FileSignature {
  case zip
  case safetensors
  case npy
  case tar
  case shardIndex
  /// A legacy file or a bare pickle.
  case pickle

  private static let otherArchives: [(magic: [UInt8], name: String)] = [
    ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7-Zip"),
    (Array("Rar!\u{1a}\u{07}".utf8), "RAR"),
    (Array("ZF0x".utf8), "ZF"),
    (Array("LZIP".utf8), "lzip"),
    ([0x1f, 0x9d], "compress"),
    ([0xff, 0x06, 0x00, 0x00] + Array("sNaPpY".utf8), "snappy"),
  ]

  private static let otherFormats: [(magic: [UInt8], name: String)] = [
    ([0x89] + Array("HDF\r\n".utf8), "an HDF5 file (Keras or Caffe2), which PyTorch does not read"),
    (Array("GGUF".utf8), "a GGUF file, which holds weights for llama.cpp"),
    ([0x89] + Array("PNG".utf8), "a PNG image"),
    ([0xff, 0xd8, 0xff], "a JPEG image"),
    (Array("%PDF".utf8), "a PDF document"),
    ([0x7f] + Array("ELF".utf8), "a program (ELF)"),
    (Array("#!".utf8), "a script"),
  ]

  /// - Throws: ``CheckpointError`` that names what the file is instead of a checkpoint.
  init(_ bytes: Bytes) throws {
    guard !bytes.isEmpty else { throw CheckpointError(.empty) }
    if bytes.starts(with: ZipDirectory.localSignature)
      || bytes.starts(with: ZipDirectory.endSignature)
    {
      self = .zip
    } else if bytes.starts(with: NpyContainer.magic) {
      self = .npy
    } else if SafetensorsContainer.matches(bytes) {
      self = .safetensors
    } else if TarArchive.matches(bytes) {
      self = .tar
    } else {
      try Self.refuseKnown(bytes)
      let text = Self.head(bytes)
      if text.hasPrefix("{") {
        self = .shardIndex
      } else {
        // Nearly every opcode can begin a pickle: only reading it tells.
        self = .pickle
      }
    }
  }

  /// The first few hundred bytes as text, without leading blanks and byte-order mark.
  private static func head(_ bytes: Bytes) -> String {
    let head = (try? bytes.slice(at: 0, count: min(bytes.count, 512)).text) ?? ""
    return String(head.drop { $0.isWhitespace || $0 == "\u{feff}" })
  }

  private static func refuseKnown(_ bytes: Bytes) throws {
    if let kind = CompressedStream.kind(of: bytes) {
      throw CheckpointError(.otherArchive(kind.name))
    }
    for (magic, name) in otherArchives where bytes.starts(with: magic) {
      throw CheckpointError(.otherArchive(name))
    }
    for (magic, name) in otherFormats where bytes.starts(with: magic) {
      throw CheckpointError(.unknownFormat("this is \(name)"))
    }
    let text = head(bytes)
    if text.hasPrefix("version https://git-lfs") {
      let size = text.split(separator: "\n").first { $0.hasPrefix("size ") }
      throw CheckpointError(.gitLFSPointer(size: size.flatMap { Int($0.dropFirst(5)) }))
    }
    let lowered = text.lowercased()
    if ["<!doctype", "<html", "<head", "<?xml", "<!--", "<body"].contains(where: lowered.hasPrefix)
    {
      throw CheckpointError(.html)
    }
  }

  /// What to say of bytes that begin like a pickle and are none: text of other kinds may begin
  /// with an opcode of protocol 0, but nothing else begins with PROTO.
  static func failure(_ error: PickleError, _ bytes: Bytes) -> CheckpointError {
    if bytes[0] != 0x80 { return CheckpointError(.unknownFormat(describe(bytes)), position: 0) }
    if error.reason == .noStop || error.reason == .truncated {
      return CheckpointError(.truncated("the pickle ends too early"), position: error.position)
    }
    return CheckpointError(.pickle(error), position: error.position)
  }

  private static func describe(_ bytes: Bytes) -> String {
    let first = (0..<min(bytes.count, 8)).map { index in
      let digits = String(bytes[index], radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    return "no known format begins with the bytes \(first.joined(separator: " "))"
  }
}
