import PthBytes

/// One header block of a tar archive, with fields read as Python's tarfile reads them.
struct TarHeader {
  static let blockSize = 512

  var name: String
  let kind: UInt8
  /// The size field: bytes of data after the header.
  let size: Int
  let linkName: String
  /// Whether the hole list of an old GNU sparse header continues in the next block.
  let isSparseExtended: Bool

  private static let oldRegular: UInt8 = 0
  private static let directory = UInt8(ascii: "5")

  var isDirectory: Bool { kind == Self.directory }
  var isLink: Bool { "12".utf8.contains(kind) }
  var isDevice: Bool { "346".utf8.contains(kind) }
  /// A record with the next member's name, or (long link) its link target, when too long for a header.
  var isLongName: Bool { kind == UInt8(ascii: "L") }
  var isLongLink: Bool { kind == UInt8(ascii: "K") }
  /// Records about the next member, or (global) about all that follow.
  var isPax: Bool { "xXg".utf8.contains(kind) }
  var isGlobalPax: Bool { kind == UInt8(ascii: "g") }
  var isSparse: Bool { kind == UInt8(ascii: "S") }
  /// Whether it is a file, a folder or a link.
  var isUsual: Bool { kind == Self.oldRegular || "0125".utf8.contains(kind) }
  /// Whether Python takes the member for a file: it does so for every kind that it does not know. The other kinds have
  /// no data, whatever their size field says.
  var isFile: Bool { !isDirectory && !isLink && !isDevice }

  /// - Returns: nil if Python's tarfile would not accept the block as a header.
  init?(_ block: Bytes) {
    guard block.count == Self.blockSize, Self.hasValidChecksum(block),
      let size = Self.number(block, at: 124, count: 12)
    else { return nil }
    // tarfile also parses these fields and refuses the header if one of them is not a number.
    for (start, count) in [(100, 8), (108, 8), (116, 8), (136, 12), (329, 8), (337, 8)]
    where Self.number(block, at: start, count: count) == nil { return nil }
    let name = Self.text(block, at: 0, count: 100)
    var kind = block[156]
    // Old archives mark a directory only by a trailing slash.
    if kind == Self.oldRegular, name.hasSuffix("/") { kind = Self.directory }
    self.kind = kind
    self.size = size
    linkName = Self.text(block, at: 157, count: 100)
    isSparseExtended = kind == UInt8(ascii: "S") && block[482] != 0
    let prefix = Self.text(block, at: 345, count: 155)
    let isGNU = "LKS".utf8.contains(kind)
    self.name = prefix.isEmpty || isGNU ? name : prefix + "/" + name
    if isDirectory { while self.name.hasSuffix("/") { self.name.removeLast() } }
  }

  /// Checks the sum of the header's bytes, with the checksum field taken as blanks. Python also accepts the sum of
  /// signed bytes that old systems computed.
  private static func hasValidChecksum(_ block: Bytes) -> Bool {
    guard let expected = number(block, at: 148, count: 8) else { return false }
    var (unsigned, signed) = (0, 0)
    for index in 0..<blockSize {
      let byte = (148..<156).contains(index) ? 32 : block[index]
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    return expected == unsigned || expected == signed
  }

  /// A text field up to its first NUL.
  static func text(_ block: Bytes, at start: Int, count: Int) -> String {
    let bytes = (start..<start + count).lazy.map { block[$0] }.prefix { $0 != 0 }
    return String(decoding: Array(bytes), as: UTF8.self)
  }

  /// A number field: octal digits as Python's `int(text, 8)` reads them, an empty field for 0, or GNU's binary form.
  /// Nil for what Python refuses, and for more than 63 bits.
  private static func number(_ block: Bytes, at start: Int, count: Int) -> Int? {
    let first = block[start]
    if first == 0o200 || first == 0o377 {
      var value = 0
      for index in start + 1..<start + count {
        let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
        guard !overflow else { return nil }
        value = shifted | Int(block[index])
      }
      // A binary field that begins with 0o377 is negative; no size is, so -1 stands for all of them.
      return first == 0o200 ? value : -1
    }
    let bytes = (start..<start + count).lazy.map { block[$0] }.prefix { $0 != 0 }
    guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    return pythonOctal(String(decoding: Array(bytes), as: UTF8.self))
  }

  /// `int(text.strip() or "0", 8)`: a sign, a prefix `0o` and single underscores are allowed.
  private static func pythonOctal(_ text: String) -> Int? {
    func isBlank(_ byte: UInt8) -> Bool {
      byte == 0x20 || (9...13).contains(byte) || (0x1c...0x1f).contains(byte)
    }
    var digits = Array(text.utf8)[...]
    while let last = digits.last, isBlank(last) { digits.removeLast() }
    while let first = digits.first, isBlank(first) { digits.removeFirst() }
    guard !digits.isEmpty else { return 0 }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    var isAfterDigit = false
    if digits.count > 1, digits.first == UInt8(ascii: "0"),
      "oO".utf8.contains(digits[digits.startIndex + 1])
    {
      digits = digits.dropFirst(2)
      // An underscore may follow the prefix.
      isAfterDigit = true
    }
    var value = 0
    for byte in digits {
      if byte == UInt8(ascii: "_"), isAfterDigit {
        isAfterDigit = false
        continue
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 8)
      guard !overflow else { return nil }
      value = product + Int(byte - UInt8(ascii: "0"))
      isAfterDigit = true
    }
    return digits.isEmpty || !isAfterDigit ? nil : (isNegative ? -value : value)
  }
}
