import PthBytes

/// The members of a tar archive (POSIX ustar and pax, GNU and older variants), as Python's tarfile finds them.
///
/// Where tarfile takes a member for a file, or its name from another record, this reader does the same.
struct TarArchive {
  struct Member {
    let name: String
    let bytes: Bytes
    /// Where the member's data begins in the archive.
    let offset: Int
  }

  /// The files, in order.
  private(set) var members: [Member] = []
  /// The names of all members, folders and links included.
  private(set) var names: [String] = []
  private(set) var links: [(name: String, target: String)] = []
  /// Properties of members that PyTorch never writes.
  private(set) var oddities: [(name: String, what: String)] = []
  /// Devices and sparse files: their stored bytes are not their contents.
  private(set) var opaqueNames: [String] = []
  /// Why reading stopped before the end of the archive; readers differ in how they treat the rest.
  private(set) var fault: CheckpointError?
  /// Byte after the last member's padding.
  private(set) var endOffset = 0

  private static let blockSize = TarHeader.blockSize
  /// Longer records about a member are refused, so that a chain of them cannot fill the memory.
  private static let maximumRecordLength = 1 << 20

  /// Whether the first block is a tar header.
  static func matches(_ bytes: Bytes) -> Bool {
    guard let block = try? bytes.slice(at: 0, count: blockSize), !isEmpty(block) else {
      return false
    }
    return TarHeader(block) != nil
  }

  init(_ bytes: Bytes) {
    do {
      try read(bytes)
    } catch {
      fault = CheckpointError.wrapping(error)
    }
  }

  /// - Throws: ``CheckpointError`` if the archive is damaged.
  func checkWhole() throws {
    if let fault { throw fault }
  }

  func member(_ name: String) -> Member? {
    // Of several members with one name, Python's tarfile takes the last.
    members.last { $0.name == name || $0.name == "./" + name }
  }

  private static func isEmpty(_ block: Bytes) -> Bool {
    (0..<blockSize).allSatisfy { block[$0] == 0 }
  }

  // MARK: Reading

  /// The records before a member that describe it.
  private struct Records {
    var path: String?
    var linkPath: String?
    var size: Int?
    var isSparse = false
  }

  private mutating func read(_ bytes: Bytes) throws {
    var global = Records()
    var records = Records()
    while bytes.count - endOffset >= Self.blockSize {
      let block = try bytes.slice(at: endOffset, count: Self.blockSize)
      if Self.isEmpty(block) { return }
      guard let header = TarHeader(block), header.size >= 0 else {
        throw CheckpointError(.malformed("a tar header is damaged"), position: endOffset)
      }
      var start = endOffset + Self.blockSize
      if header.isPax || header.isLongName || header.isLongLink {
        let data = try data(of: header.name, in: bytes, at: start, count: header.size)
        var changed = header.isGlobalPax ? global : records
        if let change = try Self.apply(header, data, to: &changed) {
          oddities.append((header.name, change))
        }
        if header.isGlobalPax { global = changed } else { records = changed }
        continue
      }
      if header.isSparseExtended { start = try Self.endOfSparseMap(bytes, at: start) }
      let size = records.size ?? header.size
      let name = records.path ?? global.path ?? header.name
      try add(header, name, in: bytes, at: start, size: size)
      if header.isLink {
        links.append((name, records.linkPath ?? global.linkPath ?? header.linkName))
      }
      if header.isDevice || header.isSparse || records.isSparse || global.isSparse {
        opaqueNames.append(name)
      }
      records = Records()
    }
  }

  private mutating func add(
    _ header: TarHeader, _ name: String, in bytes: Bytes, at start: Int, size: Int
  ) throws {
    names.append(name)
    if !header.isUsual { oddities.append((name, "is of a kind that PyTorch never writes")) }
    guard header.isFile else {
      endOffset = start
      return
    }
    let data = try data(of: name, in: bytes, at: start, count: size)
    members.append(Member(name: name, bytes: data, offset: start))
  }

  /// The data after a header; `endOffset` moves to the next header.
  private mutating func data(of name: String, in bytes: Bytes, at start: Int, count: Int) throws
    -> Bytes
  {
    guard count >= 0, let data = try? bytes.slice(at: start, count: count) else {
      // Python's tarfile returns the bytes that are there.
      if let rest = try? bytes.suffix(from: start) {
        members.append(Member(name: name, bytes: rest, offset: start))
      }
      throw CheckpointError(
        .truncated("needs \(count) bytes and there are \(bytes.count - start)"), part: name,
        position: start)
    }
    let padding = (Self.blockSize - count % Self.blockSize) % Self.blockSize
    endOffset = min(start + count + padding, bytes.count)
    return data
  }

  /// - Returns: what is unusual about the record; nil if nothing is.
  private static func apply(_ header: TarHeader, _ data: Bytes, to records: inout Records) throws
    -> String?
  {
    guard data.count <= maximumRecordLength else {
      throw CheckpointError(.unsupported("a record of \(data.count) bytes about a member"))
    }
    guard header.isPax else {
      let text = TarHeader.text(data, at: 0, count: data.count)
      if header.isLongName { records.path = text } else { records.linkPath = text }
      return "renames another member"
    }
    var changes = false
    for (key, value) in try paxRecords(data) {
      // Python writes file times as pax records; a record that renames or resizes a member is suspicious.
      switch key {
      case "path", "GNU.sparse.name": records.path = trimmed(value)
      case "linkpath": records.linkPath = value
      case "size":
        // tarfile would read one size and skip another.
        guard !header.isGlobalPax else {
          throw CheckpointError(.unsupported("a record gives all members one size"))
        }
        records.size = Int(value.trimmingBlanks) ?? 0
      case _ where key.hasPrefix("GNU.sparse."): records.isSparse = true
      default: continue
      }
      changes = true
    }
    return changes ? "renames or resizes another member" : nil
  }

  private static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }

  /// Records of the form `LENGTH KEY=VALUE\n`, where the length counts itself and the newline.
  private static func paxRecords(_ data: Bytes) throws -> [(key: String, value: String)] {
    var records: [(String, String)] = []
    var position = 0
    func find(_ byte: UInt8, from start: Int) -> Int? {
      (start..<data.count).first { data[$0] == byte }
    }
    while position < data.count, (0x30...0x39).contains(data[position]) {
      let start = position
      guard let blank = find(0x20, from: start),
        let length = Int(try data.slice(at: start, count: blank - start).text),
        let equals = find(UInt8(ascii: "="), from: blank + 1), length > equals + 1 - start,
        length <= data.count - start
      else { throw CheckpointError(.malformed("a record about a tar member is damaged")) }
      let key = try data.slice(at: blank + 1, count: equals - blank - 1).text
      let end = start + length - 1
      records.append((key, try data.slice(at: equals + 1, count: end - equals - 1).text))
      position = start + length
    }
    return records
  }

  /// Skips the blocks with further holes that follow an old GNU sparse header.
  private static func endOfSparseMap(_ bytes: Bytes, at start: Int) throws -> Int {
    var position = start
    while true {
      let block = try bytes.slice(at: position, count: blockSize)
      position += blockSize
      if block[504] == 0 { return position }
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
