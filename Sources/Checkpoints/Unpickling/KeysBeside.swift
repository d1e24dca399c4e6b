import PthPickle
import PthTensors

/// The values of a pickle that are beside the state dict: those that a file with the state dict alone lacks.
struct KeysBeside {
  let reader: ObjectReader
  let state: StateDict

  /// Dotted paths of the other values of every dict, list and object that holds the state dict, outermost first. For a
  /// state dict at the top level, its own values that are not tensors.
  ///
  /// - Complexity: O(values of the pickle).
  func keys(around stateDict: PickleHandle) -> [String] {
    let root = reader.document.root
    guard stateDict != root else {
      return members(root).filter { state[$0.key] == nil && !reader.isTensor($0.value) }
        .map(\.key)
    }
    guard let path = path(to: stateDict) else { return members(root).map(\.key) }
    var keys: [String] = []
    var parent = ""
    for (level, handle) in path.dropLast().enumerated() {
      let next = path[level + 1]
      var place: String?
      for member in members(handle) {
        if member.value == next {
          place = place ?? member.key
        } else {
          keys.append(parent + member.key)
        }
      }
      parent += (place ?? "") + "."
    }
    return keys
  }

  /// The values that contain each other down to the state dict, which is the last; nil if it is not found.
  private func path(to stateDict: PickleHandle) -> [PickleHandle]? {
    let root = reader.document.root
    var parents = HandleTable<PickleHandle>(for: reader.document)
    parents.set(root, to: root)
    var queue = [root]
    var next = 0
    while next < queue.count {
      let handle = queue[next]
      next += 1
      for member in members(handle) where parents[member.value] == nil {
        parents.set(member.value, to: handle)
        guard member.value == stateDict else {
          queue.append(member.value)
          continue
        }
        var path = [stateDict]
        while let last = path.last, last != root, let parent = parents[last] { path.append(parent) }
        return path.reversed()
      }
    }
    return nil
  }

  private func members(_ handle: PickleHandle) -> [(key: String, value: PickleHandle)] {
    func named(_ dict: PickleHandle) -> [(key: String, value: PickleHandle)] {
      reader.entries(dict).map { (reader.keyText($0.key), $0.value) }
    }
    switch try? reader.meaning(of: handle) {
    case .mapping: return named(handle)
    case .sequence(let members): return members.enumerated().map { (String($0), $1) }
    case .object(_, let states): return states.flatMap(named)
    default: return []
    }
  }
}
