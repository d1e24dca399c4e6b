import OrderedCollections
import PthPickle
import PthTensors

/// A place in a checkpoint that holds tensors.
package struct StateDictCandidate: Sendable, Equatable {
  /// Dotted path from the top; empty for the top itself.
  package let key: String
  /// Number of tensors in this place itself, not in places below it.
  package let tensorCount: Int
}

/// Finds the state dict in a training checkpoint. Every dict, module or list that holds tensors is a candidate; the
/// names that training programs use decide between them.
struct StateDictFinder {
  let reader: ObjectReader
  let modules: ModuleStateDict

  struct Found {
    let candidate: StateDictCandidate
    let handle: PickleHandle
  }

  /// The names under which training programs save the model's weights, in order of preference.
  private static let names = [
    "state_dict", "model", "model_state_dict", "model_state", "net", "network", "module",
    "params", "params_ema", "ema", "ema_state_dict", "model_ema", "state_dict_ema", "teacher",
    "student", "weights", "backbone", "encoder", "generator",
  ]

  /// Every candidate, in breadth-first order.
  func candidates() throws -> [Found] {
    let document = reader.document
    var found: [Found] = []
    var queue: [(PickleHandle, String)] = [(document.root, "")]
    var visited = HandleTable<Void>(for: document)
    visited.set(document.root, to: ())
    var next = 0
    while next < queue.count {
      let (handle, path) = queue[next]
      next += 1
      let children = try self.children(handle)
      var tensorCount = children.tensorCount
      if case .module(let name, let attributes) = try reader.meaning(of: handle) {
        tensorCount = try modules.tensors(of: name, attributes).count
      }
      if tensorCount > 0 {
        found.append(
          Found(
            candidate: StateDictCandidate(key: path, tensorCount: tensorCount), handle: handle))
      }
      // The paths of hostile nesting would take memory that grows with the square of its depth.
      guard path.utf8.count < 4096 else { continue }
      for (key, child) in children.containers where visited[child] == nil {
        visited.set(child, to: ())
        queue.append((child, path.isEmpty ? key : "\(path).\(key)"))
      }
    }
    return found
  }

  private func children(_ handle: PickleHandle) throws -> (
    tensorCount: Int, containers: [(String, PickleHandle)]
  ) {
    var tensorCount = 0
    var containers: [(String, PickleHandle)] = []
    func add(_ key: @autoclosure () -> String, _ child: PickleHandle) throws {
      switch try reader.meaning(of: child) {
      case .tensor, .storage: tensorCount += 1
      case .components(let components): tensorCount += components.count
      case .mapping, .module: containers.append((key(), child))
      case .sequence(let members) where !members.isEmpty: containers.append((key(), child))
      case .object(_, let states) where !states.isEmpty: containers.append((key(), child))
      default: break
      }
    }
    switch try reader.meaning(of: handle) {
    case .tensor, .storage: tensorCount = 1
    case .components(let components): tensorCount = components.count
    case .mapping:
      for (key, value) in reader.entries(handle) {
        do { try add(reader.keyText(key), value) } catch {
          throw CheckpointError.wrapping(error).located(part: reader.keyText(key))
        }
      }
    case .sequence(let members):
      for (index, member) in members.enumerated() { try add(String(index), member) }
    case .object(_, let states):
      for state in states {
        for (key, value) in reader.entries(state) { try add(reader.keyText(key), value) }
      }
    default: break
    }
    return (tensorCount, containers)
  }

  /// The candidate at `key`, or the most plausible one if `key` is nil; nil if there is none.
  ///
  /// The top level wins if no other place has more tensors. Next comes the first known name with at least half as many
  /// tensors as the fullest place, then the fullest place itself.
  func choose(_ found: [Found], key: String?) -> Found? {
    if let key { return found.first { $0.candidate.key == key } }
    guard let fullest = found.map(\.candidate.tensorCount).max() else { return nil }
    if let top = found.first, top.candidate.key.isEmpty, top.candidate.tensorCount == fullest {
      return top
    }
    let likely = found.filter { $0.candidate.tensorCount * 2 >= fullest }
    for name in Self.names {
      if let match = likely.first(where: { last($0.candidate.key) == name }) { return match }
    }
    // A list of tensors (an optimizer's parameters) has no names to load by.
    let fullestOnes = found.filter { $0.candidate.tensorCount == fullest }
    return fullestOnes.first { reader.document.kind($0.handle) != .list } ?? fullestOnes.first
  }

  private func last(_ path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? ""
  }

  /// The tensors of a candidate, in order, with `_metadata`.
  func stateDict(at handle: PickleHandle) throws -> StateDict {
    var tensors = NamedTensors(of: reader.document)
    switch try reader.meaning(of: handle) {
    case .module(let name, let attributes):
      return StateDict(
        tensors: try modules.tensors(of: name, attributes), moduleVersions: moduleVersions(handle))
    case .mapping:
      for (key, value) in reader.entries(handle) {
        try reader.addTensors(value, reader.keyText(key), key: key, to: &tensors)
      }
    case .sequence(let members):
      for (index, member) in members.enumerated() {
        try reader.addTensors(member, String(index), to: &tensors)
      }
    case .object(_, let states):
      // Each state updates the object's `__dict__`, so a later one replaces what an earlier one has set.
      for state in states {
        for (key, value) in reader.entries(state) {
          try reader.addTensors(value, reader.keyText(key), key: key, to: &tensors)
        }
      }
    case .components(let components):
      for (number, component) in components.enumerated() {
        tensors.add(component.tensor, component.name, component: number)
      }
    default: try reader.addTensors(handle, "", to: &tensors)
    }
    return StateDict(tensors: tensors.byName(), moduleVersions: moduleVersions(handle))
  }

  /// The module versions from `_metadata`, which `Module.state_dict()` attaches to its OrderedDict as an attribute:
  /// module path → {'version': n}. Nil if the state dict has none.
  private func moduleVersions(_ handle: PickleHandle) -> [String: Int]? {
    let document = reader.document
    for state in document.states(handle) {
      for (key, metadata) in reader.entries(state)
      where document.string(key) == "_metadata" {
        var versions: [String: Int] = [:]
        let modules = reader.entries(metadata)
        versions.reserveCapacity(modules.count)
        for (path, fields) in modules {
          for (field, value) in reader.entries(fields)
          where document.string(field) == "version" {
            versions[reader.keyText(path)] = document.int(value)
          }
        }
        return versions
      }
    }
    return nil
  }
}
