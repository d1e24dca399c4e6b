import PthBytes

/// The values of one parsed pickle.
///
/// Values are accessed by handle, starting at ``root``. References may form cycles and may be shared, so a walk has to
/// remember the values it visited. Strings and bytes are decoded only when requested.
package struct PickleDocument: Sendable {
  /// The bytes in which the pickle is; there may be other bytes before and after it.
  package let bytes: Bytes
  /// The pickle's range in `bytes`, from its first opcode to after its STOP.
  package let range: Range<Int>
  /// The value that unpickling would return.
  package let root: PickleHandle
  /// The version in the last PROTO opcode; 0 if there is none.
  package let protocolVersion: Int

  /// Positions of the pickles that joblib writes for arrays of objects.
  package let arrayPickles: [Int]

  private let opcodeBits: SIMD4<UInt64>
  let nodes: [PickleNode]
  let children: [UInt32]
  let segments: [PickleSegment]

  /// Parses the pickle that begins at `start`. O(size of the pickle) in time and memory.
  ///
  /// - Throws: ``PickleError`` with the position at fault.
  package init(parsing bytes: Bytes, at start: Int = 0) throws(PickleError) {
    guard start >= 0, start < bytes.count else { throw PickleError(.noStop, at: start) }
    let (document, error) = Self.parseAsFarAsPossible(bytes, at: start)
    if let error { throw error }
    self = document
  }

  /// Parses until STOP or the first error. Python would already have made every call before the error, so an audit has
  /// to see those calls.
  ///
  /// - Parameters:
  ///   - limit: The maximum number of bytes to parse.
  ///   - arrays: How to read the bytes of joblib's arrays.
  package static func parseAsFarAsPossible(
    _ bytes: Bytes, at start: Int = 0, limit: Int = .max, arrays: PickleArrays = .opcodes
  ) -> (document: PickleDocument, error: PickleError?) {
    let start = min(max(start, 0), bytes.count)
    return bytes.withUnsafeBytes { buffer in
      var machine = PickleMachine(buffer, at: start, limit: limit, arrays: arrays)
      do throws(PickleError) {
        try machine.run()
        return (PickleDocument(machine, bytes, start), nil)
      } catch {
        return (PickleDocument(machine, bytes, start), error)
      }
    }
  }

  private init(_ machine: borrowing PickleMachine, _ bytes: Bytes, _ start: Int) {
    self.bytes = bytes
    range = start..<machine.position
    root = PickleHandle(machine.root)
    protocolVersion = Int(machine.protocolVersion)
    arrayPickles = machine.arrayPickles
    opcodeBits = machine.usedOpcodes
    nodes = machine.nodes
    children = machine.children
    segments = machine.segments
  }

  /// Number of values, including those that the root does not reach.
  package var count: Int { nodes.count }

  /// Every value in the order in which unpickling would make it, including those that the root does not reach.
  package var handles: some Sequence<PickleHandle> {
    (0..<UInt32(nodes.count)).lazy.map { PickleHandle($0) }
  }

  /// The opcodes that occur in the pickle.
  package var usedOpcodes: Set<UInt8> {
    Set((0...255).filter { opcodeBits[Int($0 >> 6)] >> UInt64($0 & 63) & 1 == 1 })
  }

  package func kind(_ handle: PickleHandle) -> PickleKind { node(handle).kind }

  func node(_ handle: PickleHandle) -> PickleNode { nodes[Int(handle.index)] }

  // MARK: Scalars

  package func bool(_ handle: PickleHandle) -> Bool? {
    let node = node(handle)
    return node.kind == .bool ? node.payload == 1 : nil
  }

  /// A 64-bit integer; nil for every other kind, longer integers included.
  package func int(_ handle: PickleHandle) -> Int? {
    let node = node(handle)
    return node.kind == .int ? Int(Int64(bitPattern: node.payload)) : nil
  }

  package func float(_ handle: PickleHandle) -> Double? {
    let node = node(handle)
    return node.kind == .float ? Double(bitPattern: node.payload) : nil
  }

  /// A decoded string; nil for other kinds. O(length).
  package func string(_ handle: PickleHandle) -> String? {
    let node = node(handle)
    guard node.kind == .string, let form = TextForm(rawValue: node.form) else { return nil }
    return form.decode(run(node))
  }

  /// A string, cut to about `limit` bytes and an ellipsis if it is longer. A name that a pickle writes once and uses a
  /// million times must not be decoded in full a million times.
  package func string(_ handle: PickleHandle, limit: Int) -> String? {
    var node = node(handle)
    guard node.kind == .string, let form = TextForm(rawValue: node.form) else { return nil }
    guard node.length > limit else { return form.decode(run(node)) }
    (node.high, node.low) = (0, UInt32(clamping: max(0, limit)))
    return form.decode(run(node)) + "…"
  }

  /// The bytes of a `bytes`, a `bytearray`, or of a Python 2 `str`, which may be text or bytes.
  package func rawBytes(_ handle: PickleHandle) -> Bytes? {
    let node = node(handle)
    switch (node.kind, TextForm(rawValue: node.form)) {
    case (.bytes, _), (.byteArray, _), (.string, .utf8), (.string, .binary): return run(node)
    case (.string, .quoted): return Bytes(TextForm.unescapeQuoted(run(node)))
    default: return nil
    }
  }

  /// Position in ``bytes`` of a value's text or bytes, or of a global's module name.
  package func position(_ handle: PickleHandle) -> Int? {
    let node = node(handle)
    switch node.kind {
    case .string, .bytes, .byteArray, .bigInt: return Int(node.payload)
    case .global: return position(PickleHandle(node.low))
    default: return nil
    }
  }

  package func extensionCode(_ handle: PickleHandle) -> Int? {
    let node = node(handle)
    return node.kind == .extensionCode ? Int(node.payload) : nil
  }

  func run(_ node: PickleNode) -> Bytes {
    // The machine checked the range against the same bytes.
    (try? bytes.slice(at: Int(node.payload), count: node.length)) ?? .empty
  }

  // MARK: Containers

  /// The members of a tuple, list, set or frozenset, and those that APPENDS added to a call's result.
  /// O(number of members).
  package func elements(_ handle: PickleHandle) -> [PickleHandle] {
    let node = node(handle)
    switch node.kind {
    case .tuple, .frozenSet: return run(first: Int(node.payload), count: Int(node.low))
    case .list, .set, .call: return members(of: node, .elements)
    default: return []
    }
  }

  /// The first members, at most `limit`. O(limit), so that a container shared by many calls is not copied for each.
  package func firstElements(_ handle: PickleHandle, _ limit: Int) -> [PickleHandle] {
    let node = node(handle)
    switch node.kind {
    case .tuple, .frozenSet:
      return run(first: Int(node.payload), count: min(limit, Int(node.low)))
    case .list, .set, .call: return members(of: node, .elements, limit: limit)
    default: return []
    }
  }

  /// The first entries, at most `limit`. O(limit).
  package func firstEntries(_ handle: PickleHandle, _ limit: Int) -> [(
    key: PickleHandle, value: PickleHandle
  )] {
    let node = node(handle)
    guard node.kind == .dict || node.kind == .call else { return [] }
    return pairs(members(of: node, .entries, limit: 2 * limit))
  }

  /// Keys and values of a dict, or of a call's result that SETITEMS filled (an `OrderedDict`), in order of insertion.
  /// A key may occur twice; the last one is valid. O(number of entries).
  package func entries(_ handle: PickleHandle) -> [(key: PickleHandle, value: PickleHandle)] {
    let node = node(handle)
    guard node.kind == .dict || node.kind == .call else { return [] }
    return pairs(members(of: node, .entries))
  }

  private func pairs(_ flat: [PickleHandle]) -> [(key: PickleHandle, value: PickleHandle)] {
    stride(from: 0, to: flat.count - 1, by: 2).map { (flat[$0], flat[$0 + 1]) }
  }

  /// The states that BUILD gave to a value, in order: the `__setstate__` arguments.
  package func states(_ handle: PickleHandle) -> [PickleHandle] {
    let node = node(handle)
    switch node.kind {
    case .call, .list, .dict, .set: return members(of: node, .state)
    default: return []
    }
  }

  /// Whether APPENDS, SETITEMS or BUILD added anything to a list, set, dict or call. O(1).
  package func hasMembers(_ handle: PickleHandle) -> Bool {
    let node = node(handle)
    switch node.kind {
    case .list, .set, .dict, .call: return node.firstSegment != 0
    default: return false
    }
  }

  /// Whether SETITEM(S) set items of a list by their index.
  package func hasItemsSet(_ handle: PickleHandle) -> Bool {
    let node = node(handle)
    return node.kind == .list && !members(of: node, .entries, limit: 1).isEmpty
  }

  private func members(
    of node: PickleNode, _ role: PickleSegment.Role, limit: Int = .max
  ) -> [PickleHandle] {
    var result: [PickleHandle] = []
    var next = node.firstSegment
    while next != 0, result.count < limit {
      let segment = segments[Int(next) - 1]
      if segment.role == role {
        let count = min(Int(segment.count), limit - result.count)
        result += run(first: Int(segment.first), count: count)
      }
      next = segment.next
    }
    return result
  }

  /// The additions to a value, in order; runs of the same kind are joined.
  func changes(_ handle: PickleHandle) -> [(role: PickleSegment.Role, members: [PickleHandle])] {
    var result: [(role: PickleSegment.Role, members: [PickleHandle])] = []
    var next = [.list, .dict, .set, .call].contains(kind(handle)) ? node(handle).firstSegment : 0
    while next != 0 {
      let segment = segments[Int(next) - 1]
      let members = run(first: Int(segment.first), count: Int(segment.count))
      if result.last?.role == segment.role {
        result[result.count - 1].members += members
      } else {
        result.append((segment.role, members))
      }
      next = segment.next
    }
    return result
  }

  private func run(first: Int, count: Int) -> [PickleHandle] {
    children[first..<first + count].map { PickleHandle($0) }
  }

  // MARK: Names and calls

  /// Module and name of a global; nil for other kinds.
  package func global(_ handle: PickleHandle) -> (module: PickleHandle, name: PickleHandle)? {
    let node = node(handle)
    guard node.kind == .global else { return nil }
    return (PickleHandle(node.low), PickleHandle(UInt32(truncatingIfNeeded: node.payload)))
  }

  /// No module or class has a longer name; decoding one would only cost time.
  private static let maximumNameLength = 1024

  /// `module.name` of a global whose two parts are strings of at most 1024 bytes each; nil for other values.
  package func globalName(_ handle: PickleHandle) -> GlobalName? {
    guard let (module, name) = global(handle), node(module).length <= Self.maximumNameLength,
      node(name).length <= Self.maximumNameLength, let module = string(module),
      let name = string(name)
    else { return nil }
    return GlobalName(module: module, name: name)
  }

  /// A call's parts; nil for other kinds. `arguments` is normally a tuple. For `PickleCallForm.build` it is the state,
  /// for `append` and `setItems` a tuple of the added items.
  package func call(_ handle: PickleHandle) -> PickleCall? {
    let node = node(handle)
    guard node.kind == .call, let form = PickleCallForm(rawValue: node.form) else { return nil }
    let first = Int(node.low)
    return PickleCall(
      form: form, callable: PickleHandle(children[first]),
      arguments: PickleHandle(children[first + 1]),
      keywords: node.high > 2 ? PickleHandle(children[first + 2]) : nil)
  }

  /// The id of a persistent reference; nil for other kinds.
  package func persistentID(_ handle: PickleHandle) -> PickleHandle? {
    let node = node(handle)
    return node.kind == .persistentID ? PickleHandle(node.low) : nil
  }
}

/// A global: a name that a pickle asks Python to import.
package struct GlobalName: Hashable, Sendable, CustomStringConvertible {
  package let module: String
  package let name: String

  package init(module: String, name: String) {
    self.module = module
    self.name = name
  }

  package var description: String { "\(module).\(name)" }
}

/// A call that unpickling would make.
package struct PickleCall: Sendable {
  package let form: PickleCallForm
  package let callable: PickleHandle
  package let arguments: PickleHandle
  /// NEWOBJ_EX's keyword arguments.
  package let keywords: PickleHandle?
}
