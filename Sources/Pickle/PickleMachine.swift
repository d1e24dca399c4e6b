import PthBytes

/// Runs a pickle's opcodes on an arena of values. Nothing is imported and nothing is called: `GLOBAL` pushes a name,
/// and `REDUCE` records the call.
///
/// All state is in flat arrays. Parsing neither recurses nor follows references, so depth and cycles cost nothing, and
/// memory is bounded by a small multiple of the pickle's size.
struct PickleMachine: ~Copyable {
  var nodes: [PickleNode] = []
  var children: [UInt32] = []
  var segments: [PickleSegment] = []
  var root: UInt32 = 0
  var protocolVersion: UInt8 = 0
  /// Position of the next byte; after `run`, the byte after STOP.
  var position: Int
  /// One bit for each opcode that occurred.
  var usedOpcodes = SIMD4<UInt64>()

  let base: UnsafeRawPointer
  /// The number of bytes in the buffer.
  let length: Int
  /// Where parsing stops: `length`, or earlier if there is a limit.
  var end: Int
  let limit: Int
  let arrays: PickleArrays
  /// Positions of the pickles that joblib writes for arrays of objects.
  var arrayPickles: [Int] = []
  var stack: [UInt32] = []
  var marks: [Int] = []
  var memo = PickleMemo()
  var opcodeStart: Int
  /// Where the current frame ends; `Int.max` outside frames.
  var frameEnd = Int.max
  let opcodes = PickleOpcode.byCode

  /// Handles of the values that every document has.
  static let noneIndex: UInt32 = 0
  static let falseIndex: UInt32 = 1
  static let trueIndex: UInt32 = 2
  static let emptyTupleIndex: UInt32 = 3

  /// - Parameter limit: The maximum number of bytes of opcodes.
  init(
    _ buffer: UnsafeRawBufferPointer, at start: Int, limit: Int = .max,
    arrays: PickleArrays = .opcodes
  ) {
    // An empty buffer may have no address; it is never read.
    base = buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    length = buffer.count
    end = buffer.count - start > limit ? start + limit : buffer.count
    self.limit = limit
    self.arrays = arrays
    position = start
    opcodeStart = start
    nodes = [
      PickleNode(kind: .none), PickleNode(kind: .bool), PickleNode(kind: .bool, payload: 1),
      PickleNode(kind: .tuple),
    ]
    // This reserves address space, not memory: pages without values are never touched.
    let expected = min((end - start) / 5, 1 << 22)
    nodes.reserveCapacity(expected + nodes.count)
    children.reserveCapacity(expected)
    stack.reserveCapacity(1024)
  }

  /// Runs to STOP.
  mutating func run() throws(PickleError) {
    while true {
      if position >= frameEnd { try endFrame() }
      guard position < end else { throw PickleError(.noStop, at: position) }
      opcodeStart = position
      let code = base.load(fromByteOffset: position, as: UInt8.self)
      position += 1
      guard let opcode = opcodes[Int(code)] else { throw failure(.unknownOpcode(code)) }
      usedOpcodes[Int(code >> 6)] |= 1 << UInt64(code & 63)
      if opcode == .stop {
        // As in CPython, a MARK may stay open.
        guard stack.count > (marks.last ?? 0), let result = stack.popLast() else {
          throw failure(.unbalanced)
        }
        guard frameEnd == Int.max || frameEnd == position else { throw failure(.crossedFrame) }
        root = result
        return
      }
      try execute(opcode)
    }
  }

  @inline(__always)
  mutating func execute(_ opcode: PickleOpcode) throws(PickleError) {
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
      // As in CPython, POP removes a MARK if nothing lies above it.
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark:
      let mark = try popMark()
      stack.removeLast(stack.count - mark)
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
        throw failure(.noName)
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
      try beginFrame(count: try read(UInt64.self))
    case .nextBuffer: throw failure(.outOfBandBuffer)
    case .readOnlyBuffer: try makeReadOnly()
    }
  }

  // MARK: Frames

  /// CPython's C unpickler reads a whole frame at once. If an opcode needs more bytes than the frame has left, it
  /// drops those bytes and so sees other opcodes than a reader that ignores frames. Bytes of a frame after STOP are
  /// lost to the next pickle.
  mutating func beginFrame(count: UInt64) throws(PickleError) {
    guard frameEnd == Int.max else { throw failure(.crossedFrame) }
    let (sum, overflow) = position.addingReportingOverflow(Int(clamping: count))
    frameEnd = overflow ? Int.max - 1 : min(sum, Int.max - 1)
  }

  mutating func endFrame() throws(PickleError) {
    guard position == frameEnd else { throw failure(.crossedFrame) }
    frameEnd = Int.max
  }

  // MARK: Stack

  @inline(__always)
  func top() throws(PickleError) -> UInt32 {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else {
      throw failure(.stackUnderflow)
    }
    return value
  }

  @inline(__always)
  mutating func pop() throws(PickleError) -> UInt32 {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw failure(.stackUnderflow)
    }
    return value
  }

  @inline(__always)
  mutating func popMark() throws(PickleError) -> Int {
    guard let mark = marks.popLast() else { throw failure(.noMark) }
    return mark
  }

  /// The stack position `count` values down; all of them must be above the last MARK.
  @inline(__always)
  func depth(below count: Int) throws(PickleError) -> Int {
    guard stack.count - (marks.last ?? 0) >= count else { throw failure(.stackUnderflow) }
    return stack.count - count
  }

  @inline(__always)
  func recall(_ index: Int) throws(PickleError) -> UInt32 {
    guard let value = memo[index] else { throw failure(.noMemo(index)) }
    return value
  }

  /// READONLY_BUFFER: the bytes of the top value do not change, so neither does the value.
  func makeReadOnly() throws(PickleError) {
    switch nodes[Int(try top())].kind {
    case .bytes, .byteArray, .global, .call, .persistentID, .extensionCode: break
    default: throw failure(.wrongOperand("READONLY_BUFFER of something that holds no bytes"))
    }
  }

  /// Whether a value may be a string when unpickled: because it is one, or because Python code makes it.
  func canBeText(_ index: UInt32) -> Bool {
    switch nodes[Int(index)].kind {
    case .string, .persistentID, .extensionCode: true
    // Any global may be a string, but not the class of joblib's array wrappers.
    case .global: !isArrayWrapper(index)
    case .call: !isWrappedArray(index)
    default: false
    }
  }
}
