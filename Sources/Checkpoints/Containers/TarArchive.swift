import PthBytes

/// The regular files of a tar archive (POSIX ustar and its GNU and older kin), by name.
struct TarArchive {
  private(set) var members: [(name: String, bytes: Bytes, offset: Int)] = []
  /// Every name, and those of links.
  private(set) var names: [String] = []
  private(set) var linkNames: [String] = []
  /// What PyTorch never wrote, by member.
  private(set) var oddities: [(name: String, what: String)] = []
  /// Byte after the last member's padding.
  private(set) var endOffset = 0

  private static let blockSize = 512

  /// Whether the first block is a tar header: its checksum is right.
  static func matches(_ bytes: Bytes) -> Bool {
    guard let block = try? bytes.slice(at: 0, count: blockSize), block[0] != 0 else {
      return false
    }
    return hasValidChecksum(block)
  }

  init(_ bytes: Bytes) throws {
    var position = 0
    while bytes.count - position >= Self.blockSize {
      let header = try bytes.slice(at: position, count: Self.blockSize)
      if (0..<Self.blockSize).allSatisfy({ header[$0] == 0 }) { break }
      guard Self.hasValidChecksum(header), let size = Self.octal(header, at: 124, count: 12) else {
        throw CheckpointError(.malformed("a tar header is damaged"), position: position)
      }
      let name = Self.text(header, at: 0, count: 100)
      let start = position + Self.blockSize
      guard let data = try? bytes.slice(at: start, count: size) else {
        throw CheckpointError(
          .truncated("needs \(size) bytes and there are \(bytes.count - start)"), part: name,
          position: start)
      }
      let kind = header[156]
      if let oddity = Self.oddity(kind, data) { oddities.append((name, oddity)) }
      names.append(name)
      if kind == UInt8(ascii: "1") || kind == UInt8(ascii: "2") { linkNames.append(name) }
      // Python extracts every kind that it does not know as a regular file.
      if !"123456xgLK".utf8.contains(kind) { members.append((name, data, start)) }
      let padding = (Self.blockSize - size % Self.blockSize) % Self.blockSize
      position = min(start + size + padding, bytes.count)
      endOffset = position
    }
  }

  func member(_ name: String) -> (bytes: Bytes, offset: Int)? {
    // Of two members of one name, Python's tarfile takes the last.
    members.last { $0.name == name || $0.name == "./" + name }.map { ($0.bytes, $0.offset) }
  }

  /// Python writes times as pax records; a record that renames or resizes is another matter.
  private static func oddity(_ kind: UInt8, _ data: Bytes) -> String? {
    switch kind {
    case UInt8(ascii: "x"), UInt8(ascii: "g"):
      let text = data.text
      let renames = [" path=", " linkpath=", " size="].contains { text.contains($0) }
      return renames ? "renames or resizes another member" : nil
    case UInt8(ascii: "L"), UInt8(ascii: "K"): return "renames another member"
    case 0, UInt8(ascii: "0"), UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "5"): return nil
    default: return "is of a kind that PyTorch never writes"
    }
  }

  /// The sum of the header's bytes with the checksum field read as blanks.
  private static func hasValidChecksum(_ header: Bytes) -> Bool {
    var sum = 0
    for index in 0..<blockSize { sum += (148..<156).contains(index) ? 32 : Int(header[index]) }
    return octal(header, at: 148, count: 8) == sum
  }

  private static func text(_ header: Bytes, at start: Int, count: Int) -> String {
    let bytes = (start..<start + count).lazy.map { header[$0] }.prefix { $0 != 0 }
    return String(decoding: Array(bytes), as: UTF8.self)
  }

  private static func octal(_ header: Bytes, at start: Int, count: Int) -> Int? {
    let digits = text(header, at: start, count: count).filter { $0 != " " }
    return digits.isEmpty ? nil : Int(digits, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }
}
