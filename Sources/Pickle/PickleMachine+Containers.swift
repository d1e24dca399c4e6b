/// Containers and calls, which take their parts from the stack.
extension PickleMachine {
  /// Moves everything above stack position `start` into `children` and returns the index of the first.
  @inline(__always)
  mutating func moveToChildren(from start: Int) throws(PickleError) -> UInt32 {
    guard children.count + (stack.count - start) < UInt32.max else { throw failure(.tooLarge) }
    let first = UInt32(children.count)
    let count = stack.count - start
    if count <= 3 {
      for index in start..<stack.count { children.append(stack[index]) }
      for _ in 0..<count { stack.removeLast() }
    } else {
      stack.withUnsafeBufferPointer {
        children.append(contentsOf: UnsafeBufferPointer(rebasing: $0[start...]))
      }
      stack.removeLast(count)
    }
    return first
  }

  mutating func pushTuple(last count: Int) throws(PickleError) {
    let start = try depth(below: count)
    if count == 0 { return stack.append(Self.emptyTupleIndex) }
    let first = try moveToChildren(from: start)
    try push(PickleNode(kind: .tuple, low: UInt32(count), payload: UInt64(first)))
  }

  mutating func pushContainer(_ kind: PickleKind, _ role: PickleSegment.Role)
    throws(PickleError)
  {
    let mark = try popMark()
    let container = try add(PickleNode(kind: kind))
    try addSegment(role, from: mark, to: container)
    stack.append(container)
  }

  /// APPEND(S), SETITEM(S), ADDITEMS: adds everything above `start` to the value below it. If there is nothing to add,
  /// the value may be of any kind.
  @inline(__always)
  mutating func extend(from start: Int, _ role: PickleSegment.Role) throws(PickleError) {
    guard start > (marks.last ?? 0) else { throw failure(.stackUnderflow) }
    if stack.count == start { return }
    try addSegment(role, from: start, to: stack[start - 1])
  }

  mutating func addSegment(
    _ role: PickleSegment.Role, from start: Int, to index: UInt32
  ) throws(PickleError) {
    switch (nodes[Int(index)].kind, role) {
    // In Python, SETITEM on a list sets an item by its index.
    case (.call, _), (.list, _), (.set, .elements), (.dict, .entries), (.dict, .state),
      (.set, .state):
      break
    // Imported and other unknown objects may have a method for it.
    case (.global, _), (.extensionCode, _), (.persistentID, _), (.byteArray, _):
      return try pushAddition(role, from: start)
    default: throw failure(.wrongOperand("items are added to a value that cannot hold them"))
    }
    let count = stack.count - start
    guard role != .entries || count % 2 == 0 else {
      throw failure(.wrongOperand("a dict is given a key without a value"))
    }
    if count == 0 { return }
    let first = try moveToChildren(from: start)
    let last = nodes[Int(index)].lastSegment
    // A value that grows by single APPENDs keeps one segment while nothing else is added in between.
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

  mutating func pushCall(_ form: PickleCallForm, count: Int) throws(PickleError) {
    let first = try moveToChildren(from: try depth(below: count))
    try push(
      PickleNode(kind: .call, form: form.rawValue, high: UInt16(count), low: first))
  }

  /// Records an addition to a value that is not a known container as a call of one of its methods.
  private mutating func pushAddition(_ role: PickleSegment.Role, from start: Int)
    throws(PickleError)
  {
    try pushTuple(last: stack.count - start)
    try pushCall(role == .entries ? .setItems : .append, count: 2)
  }

  mutating func build() throws(PickleError) {
    let start = try depth(below: 2) + 1
    switch nodes[Int(stack[start - 1])].kind {
    case .call, .list, .dict, .set:
      let value = stack[start - 1]
      try addSegment(.state, from: start, to: value)
      if arrays != .opcodes { try skipArray(of: value) }
    default: try pushCall(.build, count: 2)
    }
  }
}
