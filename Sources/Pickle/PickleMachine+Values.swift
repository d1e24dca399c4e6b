/// Reading the arguments of opcodes, and making values of them.
extension PickleMachine {
  func failure(_ reason: PickleError.Reason) -> PickleError {
    PickleError(reason, at: opcodeStart)
  }

  @inline(__always)
  mutating func read<T: FixedWidthInteger>(_ type: T.Type) throws(PickleError) -> T {
    guard end - position >= MemoryLayout<T>.size else { throw failure(.truncated) }
    let value = base.loadUnaligned(fromByteOffset: position, as: T.self)
    position += MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  func checkedLength(_ raw: UInt32, signed: Bool) throws(PickleError) -> Int {
    guard !signed || raw <= UInt32(Int32.max) else { throw failure(.badLength) }
    return Int(raw)
  }

  mutating func readLength8() throws(PickleError) -> Int {
    guard let length = Int(exactly: try read(UInt64.self)) else { throw failure(.badLength) }
    return length
  }

  /// The bytes up to the next newline, which is consumed.
  mutating func readLine() throws(PickleError) -> Range<Int> {
    let start = position
    while position < end {
      if base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "\n") {
        position += 1
        return start..<position - 1
      }
      position += 1
    }
    throw failure(.truncated)
  }

  func text(_ range: Range<Int>) -> String {
    String(
      decoding: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count),
      as: UTF8.self)
  }

  /// The line without the blanks that Python's `int` and `float` ignore around a number.
  mutating func readNumberLine() throws(PickleError) -> Range<Int> {
    var line = try readLine()
    func isBlank(_ index: Int) -> Bool {
      let byte = base.load(fromByteOffset: index, as: UInt8.self)
      return byte == 0x20 || (9...13).contains(byte)
    }
    while !line.isEmpty, isBlank(line.lowerBound) { line = line.dropFirst() }
    while !line.isEmpty, isBlank(line.upperBound - 1) { line = line.dropLast() }
    return line
  }

  mutating func readIndexLine() throws(PickleError) -> Int {
    guard let index = Int(text(try readLine())), index >= 0 else {
      throw failure(.badText("memo index"))
    }
    return index
  }

  // MARK: Making values

  @inline(__always)
  mutating func add(_ node: PickleNode) throws(PickleError) -> UInt32 {
    guard nodes.count < UInt32.max else { throw failure(.tooLarge) }
    nodes.append(node)
    return UInt32(truncatingIfNeeded: nodes.count &- 1)
  }

  @inline(__always)
  mutating func push(_ node: PickleNode) throws(PickleError) {
    stack.append(try add(node))
  }

  @inline(__always)
  mutating func push(int value: Int64) throws(PickleError) {
    try push(PickleNode(kind: .int, payload: UInt64(bitPattern: value)))
  }

  mutating func pushExtension(_ code: UInt64) throws(PickleError) {
    try push(PickleNode(kind: .extensionCode, payload: code))
  }

  func runNode(_ kind: PickleKind, form: UInt8, _ range: Range<Int>) -> PickleNode {
    PickleNode(
      kind: kind, form: form, high: UInt16(truncatingIfNeeded: range.count >> 32),
      low: UInt32(truncatingIfNeeded: range.count), payload: UInt64(range.lowerBound))
  }

  @inline(__always)
  mutating func pushRun(_ kind: PickleKind, _ form: TextForm, count: Int)
    throws(PickleError)
  {
    guard count <= end - position else { throw failure(.truncated) }
    try push(runNode(kind, form: form.rawValue, position..<position + count))
    position += count
  }

  @inline(__always)
  mutating func pushText(count: Int) throws(PickleError) {
    guard count <= end - position else { throw failure(.truncated) }
    guard TextValidation.isText(base + position, count: count, available: end - position) else {
      throw failure(.badText("UTF-8 text"))
    }
    try push(runNode(.string, form: TextForm.utf8.rawValue, position..<position + count))
    position += count
  }

  mutating func lineNode() throws(PickleError) -> UInt32 {
    try add(runNode(.string, form: TextForm.utf8.rawValue, try readLine()))
  }

  mutating func pushLine(_ form: TextForm) throws(PickleError) {
    var line = try readLine()
    if form == .quoted {
      let quotes = [UInt8(ascii: "'"), UInt8(ascii: "\"")]
      let first = line.isEmpty ? 0 : base.load(fromByteOffset: line.lowerBound, as: UInt8.self)
      guard line.count >= 2, quotes.contains(first),
        first == base.load(fromByteOffset: line.upperBound - 1, as: UInt8.self)
      else { throw failure(.badText("string literal")) }
      line = line.lowerBound + 1..<line.upperBound - 1
    }
    try push(runNode(.string, form: form.rawValue, line))
  }

  mutating func pushLong(count: Int) throws(PickleError) {
    guard count <= end - position else { throw failure(.truncated) }
    if count > 8 {
      try push(runNode(.bigInt, form: 0, position..<position + count))
    } else {
      var value: Int64 = 0
      for index in 0..<count {
        let byte = base.load(fromByteOffset: position + index, as: UInt8.self)
        value |= Int64(byte) << (8 * Int64(index))
      }
      let unused = Int64(64 - 8 * count)
      try push(int: count == 0 ? 0 : (value << unused) >> unused)
    }
    position += count
  }

  mutating func pushIntLine() throws(PickleError) {
    let line = try readNumberLine()
    let digits = text(line)
    // Booleans before protocol 2.
    if digits == "00" || digits == "01" {
      stack.append(digits == "01" ? Self.trueIndex : Self.falseIndex)
    } else {
      try pushDecimal(digits, line, "integer")
    }
  }

  mutating func pushLongLine() throws(PickleError) {
    let line = try readNumberLine()
    let digits = text(line)
    try pushDecimal(digits.hasSuffix("L") ? String(digits.dropLast()) : digits, line, "long")
  }

  mutating func pushDecimal(_ digits: String, _ line: Range<Int>, _ what: String)
    throws(PickleError)
  {
    if let value = Int64(digits) { return try push(int: value) }
    let magnitude = digits.hasPrefix("-") ? digits.dropFirst() : digits[...]
    guard !magnitude.isEmpty, magnitude.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw failure(.badText(what))
    }
    let range = line.lowerBound..<line.lowerBound + digits.utf8.count
    try push(runNode(.bigInt, form: 1, range))
  }

  mutating func pushFloatLine() throws(PickleError) {
    guard let value = Double(text(try readNumberLine())) else { throw failure(.badText("float")) }
    try push(PickleNode(kind: .float, payload: value.bitPattern))
  }
}
