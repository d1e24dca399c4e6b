/// The order of events during unpickling. Times are positions in `children`, which grow from one opcode to the next: a
/// state that the arena stores with a value may have been set after the value's use.
extension PickleDocument {
  /// The time at which a call is made.
  func time(ofCall handle: PickleHandle) -> Int { Int(node(handle).low) }

  /// The states that BUILD gives to a value, at most `limit`, with their times.
  func timedStates(_ handle: PickleHandle, limit: Int) -> [(time: Int, state: PickleHandle)] {
    guard hasMembers(handle) else { return [] }
    var result: [(time: Int, state: PickleHandle)] = []
    var next = node(handle).firstSegment
    while next != 0, result.count < limit {
      let segment = segments[Int(next) - 1]
      if segment.role == .state {
        result.append((Int(segment.first), PickleHandle(children[Int(segment.first)])))
      }
      next = segment.next
    }
    return result
  }

  /// Whether a list, dict, set or call has got all of its members and states by `time`. O(1).
  func isComplete(_ handle: PickleHandle, by time: Int) -> Bool {
    guard hasMembers(handle) else { return true }
    let last = segments[Int(node(handle).lastSegment) - 1]
    return Int(last.first) + Int(last.count) <= time
  }
}
