import PthBytes

/// The members of a tar archive (POSIX ustar and pax, GNU's and older kin), as Python's tarfile finds
/// them: where it takes one for a file, or its name from somewhere else, so does this.
struct TarArchive {
  struct Member {
    let name: String
    let bytes: Bytes
    /// Where its data begin in the archive.
    let offset: Int
  }

  /// The files, in order.
  private(set) var members: [Member] = []
  /// Every name, those of folders and links included.
  private(set) var names: [String] = []
  private(set) var links: [(name: String, target: String)] = []
  /// Properties of members that PyTorch never writes.
  private(set) var oddities: [(name: String, what: String)] = []
  /// Devices, and sparse files, whose contents are not the stored bytes.
  private(set) var opaqueNames: [String] = []
  /// Why the archive ends before its end; readers differ in what they make of the rest.
  private(set) var fault: CheckpointError?
  /// Byte after the last member's padding.
  private(set) var endOffset = 0

  private static let blockSize = TarHeader.blockSize
  /// No record about a member is longer, and a chain of them need not be held in memory.
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
    // Python's tarfile takes the last of several members with one name.
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

  /// The data behind a header, and moves to the next one.
  private mutating func data(of name: String, in bytes: Bytes, at start: Int, count: Int) throws
    -> Bytes
  {
    guard count >= 0, let data = try? bytes.slice(at: start, count: count) else {
      // Python's tarfile returns as many bytes as there are.
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

  /// - Returns: what is unusual about it.
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
      // Python writes times as records; one that renames or resizes is another matter.
      switch key {
      case "path", "GNU.sparse.name": records.path = trimmed(value)
      case "linkpath": records.linkPath = value
      case "size":
        // Python then reads one size and steps over another.
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

  /// Behind an old GNU header with many holes, blocks with more of them follow.
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
