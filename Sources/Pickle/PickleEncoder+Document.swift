import PthBytes

/// Why a value of one pickle cannot be written into another.
package enum PickleEncodingError: Error, Equatable, CustomStringConvertible {
  /// Protocol 2 has no way to write it.
  case unsupported(String)
  /// A call whose arguments contain the call's own result.
  case endlessCall

  package var description: String {
    switch self {
    case .unsupported(let what): "\(what) cannot be written in pickle protocol 2; leave it out"
    case .endlessCall: "a call has its own result among its arguments; leave it out"
    }
  }
}

extension PickleEncoder {
  /// Writes a value of a document, by default its root, with everything that it refers to. Shared values stay shared
  /// and cycles stay cycles; nesting of any depth needs no call stack.
  ///
  /// A document that CPython's C pickler wrote in protocol 2 is reproduced byte for byte.
  ///
  /// - Parameter substitute: Called once for each value. It may write another value instead, with a method that puts
  ///   that value into the memo, such as ``reduce(_:arguments:)``, and must then return true.
  /// - Throws: ``PickleEncodingError``, and any error from `substitute`.
  package mutating func value(
    of document: PickleDocument, _ handle: PickleHandle? = nil,
    substitute: (inout PickleEncoder, PickleHandle) throws -> Bool = { _, _ in false }
  ) throws {
    var walk = DocumentWalk(document: document)
    walk.tasks = [.value(handle ?? document.root)]
    while let task = walk.tasks.popLast() {
      if case .value(let handle) = task, walk.memo[handle] == nil, try substitute(&self, handle) {
        walk.memo[handle] = memoCount - 1
      } else {
        try walk.run(task, &self)
      }
    }
  }
}

/// A depth-first walk over a document with an explicit stack.
private struct DocumentWalk {
  enum Task {
    case value(PickleHandle)
    case opcode(PickleOpcode)
    /// Writes a global that the document does not contain, or recalls it from the memo.
    case name(GlobalName)
    case latin1
    /// Follows the members of a tuple.
    case endTuple(PickleHandle, count: Int)
    /// Follows the arguments of a call, or of the call by which a set is written.
    case endCall(PickleHandle)
    /// Puts a value that nothing else refers to into the memo, as the pickler does.
    case put
  }

  let document: PickleDocument
  var tasks: [Task] = []
  var memo: [PickleHandle: Int] = [:]
  private var names: [GlobalName: Int] = [:]
  private var latin1: Int?
  private var openCalls: Set<PickleHandle> = []

  init(document: PickleDocument) { self.document = document }

  /// Pushes tasks so that they run in the given order.
  private mutating func schedule(_ next: [Task]) { tasks += next.reversed() }

  mutating func run(_ task: Task, _ encoder: inout PickleEncoder) throws(PickleEncodingError) {
    switch task {
    case .value(let handle):
      if let index = memo[handle] { return encoder.get(index) }
      try begin(handle, &encoder)
    case .opcode(let opcode): encoder.write(opcode)
    case .put: encoder.put()
    case .name(let name):
      if let index = names[name] { return encoder.get(index) }
      encoder.writeGlobal(name.module, name.name)
      names[name] = encoder.put()
    case .latin1:
      if let index = latin1 { return encoder.get(index) }
      var text = "latin1"
      text.withUTF8 { encoder.text(UnsafeRawBufferPointer($0)) }
      latin1 = encoder.put()
    case .endTuple(let handle, let count):
      if let index = memo[handle] {
        // One of the members contained the tuple and has already written it.
        for _ in 0..<(count > 3 ? 1 : count) { encoder.write(count > 3 ? .popMark : .pop) }
        return encoder.get(index)
      }
      encoder.endTuple(count)
      memo[handle] = encoder.put()
    case .endCall(let handle):
      openCalls.remove(handle)
      memo[handle] = encoder.put()
      if document.kind(handle) == .call { scheduleChanges(handle, isExact: false) }
    }
  }

  private mutating func begin(_ handle: PickleHandle, _ encoder: inout PickleEncoder)
    throws(PickleEncodingError)
  {
    switch document.kind(handle) {
    case .none: encoder.none()
    case .bool: encoder.bool(document.bool(handle) == true)
    case .int: encoder.int(document.int(handle) ?? 0)
    case .bigInt: encoder.long(document.integerBytes(handle) ?? [0])
    case .float: encoder.float(document.float(handle) ?? 0)
    case .string:
      writeText(handle, &encoder)
      memo[handle] = encoder.put()
    case .bytes, .byteArray: try beginBytes(handle, &encoder)
    case .tuple:
      let members = document.elements(handle)
      encoder.beginTuple(members.count)
      if members.isEmpty { return encoder.endTuple(0) }
      schedule(members.map { .value($0) } + [.endTuple(handle, count: members.count)])
    case .list, .dict:
      encoder.write(document.kind(handle) == .list ? .emptyList : .emptyDict)
      memo[handle] = encoder.put()
      scheduleChanges(handle, isExact: true)
    case .set, .frozenSet: try beginSet(handle, &encoder)
    case .global:
      guard let (module, name) = document.global(handle), let module = document.string(module),
        let name = document.string(name), !module.contains("\n"), !name.contains("\n")
      else { throw .unsupported("a computed name") }
      encoder.writeGlobal(module, name)
      memo[handle] = encoder.put()
    case .call: try beginCall(handle)
    case .persistentID:
      guard let id = document.persistentID(handle) else { return }
      schedule([.value(id), .opcode(.binPersistentID)])
    case .extensionCode:
      encoder.write(.ext4)
      encoder.write(little: UInt32(truncatingIfNeeded: document.extensionCode(handle) ?? 0))
    }
  }

  // MARK: Text and bytes

  private func writeText(_ handle: PickleHandle, _ encoder: inout PickleEncoder) {
    let form = TextForm(rawValue: document.node(handle).form)
    guard form != .rawUnicodeEscape, let raw = document.rawBytes(handle) else {
      var text = document.string(handle) ?? ""
      return text.withUTF8 { encoder.text(UnsafeRawBufferPointer($0)) }
    }
    raw.withUnsafeBytes { raw in
      if form == .utf8 { return encoder.text(raw) }
      // A Python 2 `str` is written as one again.
      if let length = UInt8(exactly: raw.count) {
        encoder.write(.shortBinString)
        encoder.write(little: length)
      } else {
        encoder.write(.binString)
        encoder.write(little: UInt32(truncatingIfNeeded: raw.count))
      }
      encoder.write(raw)
    }
  }

  /// Writes bytes as `_codecs.encode(text, 'latin1')`, or as `bytes()` if empty; a bytearray is made from bytes.
  private mutating func beginBytes(_ handle: PickleHandle, _ encoder: inout PickleEncoder)
    throws(PickleEncodingError)
  {
    let bytes = document.rawBytes(handle) ?? .empty
    let isArray = document.kind(handle) == .byteArray
    if isArray { try run(.name(GlobalName(module: "__builtin__", name: "bytearray")), &encoder) }
    if bytes.isEmpty {
      if !isArray { try run(.name(GlobalName(module: "__builtin__", name: "bytes")), &encoder) }
      encoder.endTuple(0)
      return schedule([.opcode(.reduce), .endCall(handle)])
    }
    try run(.name(GlobalName(module: "_codecs", name: "encode")), &encoder)
    var text = String(
      String.UnicodeScalarView((0..<bytes.count).lazy.map { Unicode.Scalar(bytes[$0]) }))
    text.withUTF8 { encoder.text(UnsafeRawBufferPointer($0)) }
    encoder.put()
    try run(.latin1, &encoder)
    encoder.endTuple(2)
    encoder.put()
    encoder.write(.reduce)
    guard isArray else { return tasks.append(.endCall(handle)) }
    encoder.put()
    encoder.endTuple(1)
    encoder.put()
    schedule([.opcode(.reduce), .endCall(handle)])
  }

  // MARK: Calls

  private mutating func open(_ handle: PickleHandle) throws(PickleEncodingError) {
    guard openCalls.insert(handle).inserted else { throw .endlessCall }
  }

  private mutating func beginCall(_ handle: PickleHandle) throws(PickleEncodingError) {
    guard let call = document.call(handle) else { return }
    try open(handle)
    switch call.form {
    case .reduce, .newObject:
      let opcode: PickleOpcode = call.form == .reduce ? .reduce : .newObj
      schedule([
        .value(call.callable), .value(call.arguments), .opcode(opcode), .endCall(handle),
      ])
    case .instance:
      let arguments = document.elements(call.arguments).map { Task.value($0) }
      schedule(
        [.opcode(.mark), .value(call.callable)] + arguments + [.opcode(.obj), .endCall(handle)])
    case .build:
      schedule([
        .value(call.callable), .value(call.arguments), .opcode(.build), .endCall(handle),
      ])
    case .newObjectEx: throw .unsupported("an object made with keyword arguments")
    case .append, .setItems: throw .unsupported("items added to a name that is imported")
    }
  }

  /// Writes `set([…])` or `frozenset([…])`.
  private mutating func beginSet(_ handle: PickleHandle, _ encoder: inout PickleEncoder)
    throws(PickleEncodingError)
  {
    try open(handle)
    let name = document.kind(handle) == .set ? "set" : "frozenset"
    try run(.name(GlobalName(module: "__builtin__", name: name)), &encoder)
    encoder.write(.emptyList)
    encoder.put()
    schedule(
      batches(document.elements(handle), .elements, isExact: true) + [
        .opcode(.tuple1), .put, .opcode(.reduce), .endCall(handle),
      ])
  }

  /// Schedules APPENDS, SETITEMS and BUILD in the order of the document.
  private mutating func scheduleChanges(_ handle: PickleHandle, isExact: Bool) {
    var next: [Task] = []
    for (role, members) in document.changes(handle) {
      if role == .state {
        for state in members { next += [.value(state), .opcode(.build)] }
      } else {
        next += batches(members, role, isExact: isExact)
      }
    }
    schedule(next)
  }

  private func batches(_ members: [PickleHandle], _ role: PickleSegment.Role, isExact: Bool)
    -> [Task]
  {
    let isDict = role == .entries
    let (one, many): (PickleOpcode, PickleOpcode) =
      isDict ? (.setItem, .setItems) : (.append, .appends)
    let width = isDict ? 2 : 1
    var next: [Task] = []
    var start = 0
    let count = members.count / width
    for size in PickleEncoder.batchSizes(count, isExact: isExact, isDict: isDict) {
      let isSingle = size == 1 && (!isExact || count == 1)
      let end = start + size * width
      if !isSingle { next.append(.opcode(.mark)) }
      next += members[start..<end].map { .value($0) }
      next.append(.opcode(isSingle ? one : many))
      start = end
    }
    return next
  }
}
