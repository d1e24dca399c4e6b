/// Reads the arguments of opcodes and makes values from them.
extension PickleMachine {
  /// An error at the current opcode. If the opcode crosses the end of its frame, that is the error reported, because
  /// CPython would read other bytes as its argument.
  func failure(_ reason: PickleError.Reason) -> PickleError {
    PickleError(position > frameEnd ? .crossedFrame : reason, at: opcodeStart)
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

  /// The range of the number in the next line, without the blanks that Python ignores, and whether the line has
  /// exactly two bytes: `00` and `01` are booleans before protocol 2.
  mutating func readNumberLine() throws(PickleError) -> (number: Range<Int>, isPair: Bool) {
    let line = try readLine()
    return (number(in: line), line.count == 2)
  }

  func number(in line: Range<Int>) -> Range<Int> {
    let number = NumberText.trimmed(buffer(line))
    let start = number.baseAddress.map { $0 - base } ?? line.lowerBound
    return start..<start + number.count
  }

  func buffer(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  mutating func readIndexLine() throws(PickleError) -> Int {
    let text = buffer(try readNumberLine().number)
    guard case .small(let index)? = NumberText.integer(text, hasPrefixes: false), index >= 0 else {
      throw failure(.badText("memo index"))
    }
    return Int(index)
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
    let (line, isPair) = try readNumberLine()
    switch NumberText.integer(buffer(line), hasPrefixes: true) {
    case .small(let value) where isPair && (value == 0 || value == 1):
      stack.append(value == 1 ? Self.trueIndex : Self.falseIndex)
    case let value: try push(value, line, "integer")
    }
  }

  mutating func pushLongLine() throws(PickleError) {
    var line = try readLine()
    if buffer(line).last == UInt8(ascii: "L") { line = line.dropLast() }
    line = number(in: line)
    try push(NumberText.integer(buffer(line), hasPrefixes: true), line, "long")
  }

  mutating func push(_ integer: NumberText.Integer?, _ line: Range<Int>, _ what: String)
    throws(PickleError)
  {
    switch integer {
    case .small(let value)?: try push(int: value)
    case .long?: try push(runNode(.bigInt, form: 1, line))
    case nil: throw failure(.badText(what))
    }
  }

  mutating func pushFloatLine() throws(PickleError) {
    guard let value = NumberText.float(buffer(try readNumberLine().number)) else {
      throw failure(.badText("float"))
    }
    try push(PickleNode(kind: .float, payload: value.bitPattern))
  }
}
