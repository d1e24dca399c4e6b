import Bytes

/// Runs a pickle's opcodes on an arena of values. Nothing is imported and nothing is called:
/// `GLOBAL` pushes a name and `REDUCE` a note of the call.
///
/// All state is in flat arrays; parsing neither recurses nor follows references, so depth and
/// cycles cost nothing, and memory is bounded by a small multiple of the pickle's size.
struct PickleMachine {
  private(set) var nodes: [PickleNode] = []
  private(set) var children: [UInt32] = []
  private(set) var segments: [PickleSegment] = []
  private(set) var root: UInt32 = 0
  private(set) var protocolVersion: UInt8 = 0
  /// Byte after STOP.
  private(set) var position: Int
  /// One bit for each opcode that occurred.
  private(set) var usedOpcodes = SIMD4<UInt64>()

  private let base: UnsafeRawPointer
  private let end: Int
  private var stack: [UInt32] = []
  private var marks: [Int] = []
  private var memo = PickleMemo()
  private var opcodeStart: Int

  /// Handles of the values every document has.
  static let noneIndex: UInt32 = 0
  static let falseIndex: UInt32 = 1
  static let trueIndex: UInt32 = 2
  static let emptyTupleIndex: UInt32 = 3

  init(_ buffer: UnsafeRawBufferPointer, at start: Int) {
    // An empty buffer may have no address; nothing is ever read from it.
    base = buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    end = buffer.count
    position = start
    opcodeStart = start
    nodes = [
      PickleNode(kind: .none), PickleNode(kind: .bool), PickleNode(kind: .bool, payload: 1),
      PickleNode(kind: .tuple),
    ]
    let expected = min((end - start) / 6, 1 << 20)
    nodes.reserveCapacity(expected)
    children.reserveCapacity(expected)
  }

  /// Runs to STOP.
  mutating func run() throws(PickleError) {
    while true {
      guard position < end else { throw PickleError(.noStop, at: position) }
      opcodeStart = position
      let code = base.load(fromByteOffset: position, as: UInt8.self)
      position += 1
      guard let opcode = PickleOpcode(rawValue: code) else { throw failure(.unknownOpcode(code)) }
      usedOpcodes[Int(code >> 6)] |= 1 << UInt64(code & 63)
      if opcode == .stop {
        guard marks.isEmpty, let result = stack.popLast() else { throw failure(.unbalanced) }
        root = result
        return
      }
      try execute(opcode)
    }
  }

  @inline(__always)
  private mutating func execute(_ opcode: PickleOpcode) throws(PickleError) {
    switch opcode {
    case .stop: break
    // Memo and stack
    case .binPut: memo[Int(try read(UInt8.self))] = try top()
    case .binGet: stack.append(try recall(Int(try read(UInt8.self))))
    case .longBinPut: memo[Int(try read(UInt32.self))] = try top()
    case .longBinGet: stack.append(try recall(Int(try read(UInt32.self))))
    case .memoize: memo.append(try top())
    case .put: memo[try readIndexLine()] = try top()
    case .get: stack.append(try recall(try readIndexLine()))
    case .mark: marks.append(stack.count)
    case .pop:
      // As CPython: on an empty run above a MARK, POP removes the MARK.
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark:
      let mark = try popMark()
      stack.removeSubrange(mark...)
    case .dup: stack.append(try top())

    // Plain values
    case .none: stack.append(Self.noneIndex)
    case .newTrue: stack.append(Self.trueIndex)
    case .newFalse: stack.append(Self.falseIndex)
    case .binInt: try push(int: Int64(Int32(bitPattern: try read(UInt32.self))))
    case .binInt1: try push(int: Int64(try read(UInt8.self)))
    case .binInt2: try push(int: Int64(try read(UInt16.self)))
    case .long1: try pushLong(count: Int(try read(UInt8.self)))
    case .long4: try pushLong(count: try checkedLength(try read(UInt32.self), signed: true))
    case .binFloat:
      try push(PickleNode(kind: .float, payload: try read(UInt64.self).byteSwapped))
    case .int: try pushIntLine()
    case .long: try pushLongLine()
    case .float: try pushFloatLine()

    // Text and bytes
    case .binUnicode: try pushText(count: Int(try read(UInt32.self)))
    case .shortBinUnicode: try pushText(count: Int(try read(UInt8.self)))
    case .binUnicode8: try pushText(count: try readLength8())
    case .shortBinString: try pushRun(.string, .binary, count: Int(try read(UInt8.self)))
    case .binString:
      try pushRun(.string, .binary, count: try checkedLength(try read(UInt32.self), signed: true))
    case .string: try pushLine(.quoted)
    case .unicode: try pushLine(.rawUnicodeEscape)
    case .shortBinBytes: try pushRun(.bytes, .utf8, count: Int(try read(UInt8.self)))
    case .binBytes: try pushRun(.bytes, .utf8, count: Int(try read(UInt32.self)))
    case .binBytes8: try pushRun(.bytes, .utf8, count: try readLength8())
    case .byteArray8: try pushRun(.byteArray, .utf8, count: try readLength8())

    // Containers
    case .emptyTuple: stack.append(Self.emptyTupleIndex)
    case .tuple1: try pushTuple(last: 1)
    case .tuple2: try pushTuple(last: 2)
    case .tuple3: try pushTuple(last: 3)
    case .tuple: try pushTuple(last: stack.count - (try popMark()))
    case .emptyList: try push(PickleNode(kind: .list))
    case .emptyDict: try push(PickleNode(kind: .dict))
    case .emptySet: try push(PickleNode(kind: .set))
    case .list: try pushContainer(.list, .elements)
    case .dict: try pushContainer(.dict, .entries)
    case .frozenSet:
      let mark = try popMark()
      let first = try moveToChildren(from: mark)
      try push(
        PickleNode(
          kind: .frozenSet, low: UInt32(children.count) - first, payload: UInt64(first)))
    case .append: try extend(from: try depth(below: 1), .elements)
    case .appends, .addItems: try extend(from: try popMark(), .elements)
    case .setItem: try extend(from: try depth(below: 2), .entries)
    case .setItems: try extend(from: try popMark(), .entries)

    // Names and calls
    case .global:
      let (module, name) = (try lineNode(), try lineNode())
      try push(PickleNode(kind: .global, low: module, payload: UInt64(name)))
    case .stackGlobal:
      let name = try pop()
      let module = try pop()
      guard canBeText(name), canBeText(module) else {
        throw failure(.wrongOperand("STACK_GLOBAL of something that is no text"))
      }
      try push(PickleNode(kind: .global, low: module, payload: UInt64(name)))
    case .reduce: try pushCall(.reduce, count: 2)
    case .newObj: try pushCall(.newObject, count: 2)
    case .newObjEx: try pushCall(.newObjectEx, count: 3)
    case .inst:
      let (module, name) = (try lineNode(), try lineNode())
      let global = try add(PickleNode(kind: .global, low: module, payload: UInt64(name)))
      try pushTuple(last: stack.count - (try popMark()))
      let arguments = try pop()
      stack.append(global)
      stack.append(arguments)
      try pushCall(.instance, count: 2)
    case .obj:
      let mark = try popMark()
      guard stack.count > mark else { throw failure(.stackUnderflow) }
      try pushTuple(last: stack.count - mark - 1)
      try pushCall(.instance, count: 2)
    case .build: try build()
    case .persistentID:
      let id = try lineNode()
      try push(PickleNode(kind: .persistentID, low: id))
    case .binPersistentID:
      let id = try pop()
      try push(PickleNode(kind: .persistentID, low: id))
    case .ext1: try pushExtension(UInt64(try read(UInt8.self)))
    case .ext2: try pushExtension(UInt64(try read(UInt16.self)))
    case .ext4: try pushExtension(UInt64(try read(UInt32.self)))

    // Envelope
    case .proto:
      let version = try read(UInt8.self)
      guard version <= 5 else { throw failure(.unsupportedProtocol(version)) }
      protocolVersion = version
    case .frame:
      guard try read(UInt64.self) <= UInt64(end - position) else { throw failure(.badLength) }
    case .nextBuffer, .readOnlyBuffer: throw failure(.outOfBandBuffer)
    }
  }

  // MARK: Reading arguments

  private func failure(_ reason: PickleError.Reason) -> PickleError {
    PickleError(reason, at: opcodeStart)
  }

  @inline(__always)
  private mutating func read<T: FixedWidthInteger>(_ type: T.Type) throws(PickleError) -> T {
    guard end - position >= MemoryLayout<T>.size else { throw failure(.truncated) }
    let value = base.loadUnaligned(fromByteOffset: position, as: T.self)
    position += MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  private func checkedLength(_ raw: UInt32, signed: Bool) throws(PickleError) -> Int {
    guard !signed || raw <= UInt32(Int32.max) else { throw failure(.badLength) }
    return Int(raw)
  }

  private mutating func readLength8() throws(PickleError) -> Int {
    guard let length = Int(exactly: try read(UInt64.self)) else { throw failure(.badLength) }
    return length
  }

  /// The bytes up to the next newline, which is consumed.
  private mutating func readLine() throws(PickleError) -> Range<Int> {
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

  private func text(_ range: Range<Int>) -> String {
    String(
      decoding: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count),
      as: UTF8.self)
  }

  /// The line without the blanks that Python's `int` and `float` ignore around a number.
  private mutating func readNumberLine() throws(PickleError) -> Range<Int> {
    var line = try readLine()
    func isBlank(_ index: Int) -> Bool {
      let byte = base.load(fromByteOffset: index, as: UInt8.self)
      return byte == 0x20 || (9...13).contains(byte)
    }
    while !line.isEmpty, isBlank(line.lowerBound) { line = line.dropFirst() }
    while !line.isEmpty, isBlank(line.upperBound - 1) { line = line.dropLast() }
    return line
  }

  private mutating func readIndexLine() throws(PickleError) -> Int {
    guard let index = Int(text(try readLine())), index >= 0 else {
      throw failure(.badText("memo index"))
    }
    return index
  }

  // MARK: Making values

  private mutating func add(_ node: PickleNode) throws(PickleError) -> UInt32 {
    guard nodes.count < UInt32.max else { throw failure(.tooLarge) }
    nodes.append(node)
    return UInt32(truncatingIfNeeded: nodes.count &- 1)
  }

  @inline(__always)
  private mutating func push(_ node: PickleNode) throws(PickleError) {
    stack.append(try add(node))
  }

  @inline(__always)
  private mutating func push(int value: Int64) throws(PickleError) {
    try push(PickleNode(kind: .int, payload: UInt64(bitPattern: value)))
  }

  private mutating func pushExtension(_ code: UInt64) throws(PickleError) {
    try push(PickleNode(kind: .extensionCode, payload: code))
  }

  private func runNode(_ kind: PickleKind, form: UInt8, _ range: Range<Int>) -> PickleNode {
    PickleNode(
      kind: kind, form: form, high: UInt16(truncatingIfNeeded: range.count >> 32),
      low: UInt32(truncatingIfNeeded: range.count), payload: UInt64(range.lowerBound))
  }

  @inline(__always)
  private mutating func pushRun(_ kind: PickleKind, _ form: TextForm, count: Int)
    throws(PickleError)
  {
    guard count <= end - position else { throw failure(.truncated) }
    try push(runNode(kind, form: form.rawValue, position..<position + count))
    position += count
  }

  @inline(__always)
  private mutating func pushText(count: Int) throws(PickleError) {
    guard count <= end - position else { throw failure(.truncated) }
    guard TextValidation.isText(base + position, count: count, available: end - position) else {
      throw failure(.badText("UTF-8 text"))
    }
    try push(runNode(.string, form: TextForm.utf8.rawValue, position..<position + count))
    position += count
  }

  private mutating func lineNode() throws(PickleError) -> UInt32 {
    try add(runNode(.string, form: TextForm.utf8.rawValue, try readLine()))
  }

  private mutating func pushLine(_ form: TextForm) throws(PickleError) {
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

  private mutating func pushLong(count: Int) throws(PickleError) {
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

  private mutating func pushIntLine() throws(PickleError) {
    let line = try readNumberLine()
    let digits = text(line)
    // Booleans before protocol 2.
    if digits == "00" || digits == "01" {
      stack.append(digits == "01" ? Self.trueIndex : Self.falseIndex)
    } else {
      try pushDecimal(digits, line, "integer")
    }
  }

  private mutating func pushLongLine() throws(PickleError) {
    let line = try readNumberLine()
    let digits = text(line)
    try pushDecimal(digits.hasSuffix("L") ? String(digits.dropLast()) : digits, line, "long")
  }

  private mutating func pushDecimal(_ digits: String, _ line: Range<Int>, _ what: String)
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

  private mutating func pushFloatLine() throws(PickleError) {
    guard let value = Double(text(try readNumberLine())) else { throw failure(.badText("float")) }
    try push(PickleNode(kind: .float, payload: value.bitPattern))
  }

  // MARK: Stack

  private func top() throws(PickleError) -> UInt32 {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else {
      throw failure(.stackUnderflow)
    }
    return value
  }

  @inline(__always)
  private mutating func pop() throws(PickleError) -> UInt32 {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw failure(.stackUnderflow)
    }
    return value
  }

  private mutating func popMark() throws(PickleError) -> Int {
    guard let mark = marks.popLast() else { throw failure(.noMark) }
    return mark
  }

  /// The stack position `count` values down, all above the last MARK.
  private func depth(below count: Int) throws(PickleError) -> Int {
    guard stack.count - (marks.last ?? 0) >= count else { throw failure(.stackUnderflow) }
    return stack.count - count
  }

  private func recall(_ index: Int) throws(PickleError) -> UInt32 {
    guard let value = memo[index] else { throw failure(.noMemo(index)) }
    return value
  }

  /// Whether a value may be a string when it is unpickled: it is one, or something makes it.
  private func canBeText(_ index: UInt32) -> Bool {
    switch nodes[Int(index)].kind {
    case .string, .global, .call, .persistentID, .extensionCode: true
    default: false
    }
  }

  // MARK: Containers and calls

  /// Moves everything above stack position `start` into `children`; the index of the first.
  private mutating func moveToChildren(from start: Int) throws(PickleError) -> UInt32 {
    guard children.count + (stack.count - start) < UInt32.max else { throw failure(.tooLarge) }
    let first = UInt32(children.count)
    children.append(contentsOf: stack[start...])
    stack.removeSubrange(start...)
    return first
  }

  private mutating func pushTuple(last count: Int) throws(PickleError) {
    let start = try depth(below: count)
    if count == 0 { return stack.append(Self.emptyTupleIndex) }
    let first = try moveToChildren(from: start)
    try push(PickleNode(kind: .tuple, low: UInt32(count), payload: UInt64(first)))
  }

  private mutating func pushContainer(_ kind: PickleKind, _ role: PickleSegment.Role)
    throws(PickleError)
  {
    let mark = try popMark()
    let container = try add(PickleNode(kind: kind))
    try addSegment(role, from: mark, to: container)
    stack.append(container)
  }

  /// APPEND(S), SETITEM(S), ADDITEMS: adds everything above `start` to the value under it.
  @inline(__always)
  private mutating func extend(from start: Int, _ role: PickleSegment.Role) throws(PickleError) {
    guard start > (marks.last ?? 0) else { throw failure(.stackUnderflow) }
    try addSegment(role, from: start, to: stack[start - 1])
  }

  private mutating func addSegment(
    _ role: PickleSegment.Role, from start: Int, to index: UInt32
  ) throws(PickleError) {
    switch (nodes[Int(index)].kind, role) {
    case (.call, _), (.list, .elements), (.set, .elements), (.dict, .entries),
      (.list, .state), (.dict, .state), (.set, .state):
      break
    default: throw failure(.wrongOperand("items are added to a value that cannot hold them"))
    }
    let count = stack.count - start
    guard role != .entries || count % 2 == 0 else {
      throw failure(.wrongOperand("a dict is given a key without a value"))
    }
    if count == 0 { return }
    let first = try moveToChildren(from: start)
    let last = nodes[Int(index)].lastSegment
    // A value that grows by single APPENDs keeps one segment as long as nothing comes between.
    if last != 0 {
      let tail = segments[Int(last) - 1]
      if tail.role == role, role != .state, tail.first + tail.count == first {
        segments[Int(last) - 1].count += UInt32(count)
        return
      }
    }
    guard segments.count < UInt32.max - 1 else { throw failure(.tooLarge) }
    segments.append(PickleSegment(role: role, first: first, count: UInt32(count)))
    let added = UInt32(segments.count)
    if last == 0 {
      nodes[Int(index)].firstSegment = added
    } else {
      segments[Int(last) - 1].next = added
    }
    nodes[Int(index)].lastSegment = added
  }

  private mutating func pushCall(_ form: PickleCallForm, count: Int) throws(PickleError) {
    let first = try moveToChildren(from: try depth(below: count))
    try push(
      PickleNode(kind: .call, form: form.rawValue, high: UInt16(count), low: first))
  }

  private mutating func build() throws(PickleError) {
    let start = try depth(below: 2) + 1
    switch nodes[Int(stack[start - 1])].kind {
    case .call, .list, .dict, .set: try addSegment(.state, from: start, to: stack[start - 1])
    default: try pushCall(.build, count: 2)
    }
  }
}

/// The memo: dense as every pickler writes it, with a table for indices far out of sequence, so
/// that one PUT with a huge index cannot claim memory.
struct PickleMemo {
  private var dense: [UInt32] = []
  private var sparse: [Int: UInt32] = [:]
  private var count = 0
  private static let unset = UInt32.max

  /// How many places it takes, used or not.
  var slotCount: Int { dense.count + sparse.count }

  subscript(index: Int) -> UInt32? {
    @inline(__always)
    get {
      if index < dense.count {
        let value = dense[index]
        return value == Self.unset ? nil : value
      }
      return sparse.isEmpty ? nil : sparse[index]
    }
    @inline(__always)
    set {
      guard let newValue else { return }
      if index < dense.count {
        if dense[index] == Self.unset { count += 1 }
        dense[index] = newValue
      } else if index == dense.count && sparse.isEmpty {
        dense.append(newValue)
        count += 1
      } else {
        setOutOfSequence(index, newValue)
      }
    }
  }

  private mutating func setOutOfSequence(_ index: Int, _ value: UInt32) {
    if sparse.isEmpty && index <= 2 * count + 1024 {
      dense.append(contentsOf: repeatElement(Self.unset, count: index - dense.count))
      dense.append(value)
      count += 1
    } else if sparse.updateValue(value, forKey: index) == nil {
      count += 1
    }
  }

  /// MEMOIZE: the next index is the number of entries.
  mutating func append(_ value: UInt32) { self[count] = value }
}
