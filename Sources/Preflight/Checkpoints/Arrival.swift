import PthBackbones
import PthCheckpoints
import OrderedCollections
import PthTensors

/// The keys that mmengine's loader loads into a backbone: equal names in equal shapes, and nothing
/// else.
///
/// The loader knows no other implementation's names, looks behind the given prefix only, and goes
/// on if keys are missing.
package struct Arrival: Sendable {
  /// Keys of the backbone that get their values.
  private(set) var loaded: Set<String> = []
  /// Keys of the backbone that the file has in another shape, with that shape.
  private(set) var mismatched: [(key: String, file: [Int], network: [Int])] = []
  /// Keys of the backbone that the file does not have.
  private(set) var missing: [String] = []
  /// Keys by stage, in the order of the network.
  private(set) var stages: [(stage: Stage, loaded: Int, all: Int)] = []

  /// The prefixes with which the loader compares keys.
  struct Rule: Sendable {
    /// Taken away from the file's keys; those without it are passed over.
    var prefix: String?
    /// The prefix of the backbone's keys in the loaded state dict.
    var target = ""
    /// Whether `module.` at the beginning is taken away.
    var stripsModule = true
  }

  var isComplete: Bool { missing.isEmpty && mismatched.isEmpty }

  /// Whether any weight arrives: a norm's vectors fit anything of their width.
  private(set) var hasWeights = false

  /// The share of keys that arrive, from 0 to 1.
  var share: Double {
    let all = stages.reduce(0) { $0 + $1.all }
    return all == 0 ? 1 : Double(loaded.count) / Double(all)
  }

  /// - Parameter absent: what the norms of the module do not have.
  init(
    of state: StateDict, into graph: ModelGraph, by rule: Rule, without absent: Set<StateRole> = []
  ) {
    var shapes: [String: [Int]] = [:]
    for (key, tensor) in state.tensors {
      if let key = rule.name(of: key) { shapes[key] = tensor.shape }
    }
    for entry in Self.keys(of: graph, without: absent) {
      let index = stages.firstIndex { $0.stage == entry.stage } ?? stages.count
      if index == stages.count { stages.append((entry.stage, 0, 0)) }
      stages[index].all += 1
      guard let shape = shapes[rule.target + entry.name] else {
        missing.append(entry.name)
        continue
      }
      guard shape == entry.shape else {
        mismatched.append((entry.name, shape, entry.shape))
        continue
      }
      loaded.insert(entry.name)
      stages[index].loaded += 1
      if entry.shape.count == 4 { hasWeights = true }
    }
  }

  /// Keys of `graph` that count: missing counters of batches do no harm, and some convolutions (those
  /// that predict offsets) start at 0 anyway.
  static func keys(
    of graph: ModelGraph, without absent: Set<StateRole> = []
  ) -> [StateEntry] {
    let constants = graph.modulesOfConstants
    return graph.state.filter {
      $0.role != .numBatchesTracked && $0.stage != .head && !constants.contains($0.module)
        && !absent.contains($0.role)
    }
  }
}

extension Arrival.Rule {
  /// The key as the loader has it after its renaming; nil if it passes the key over.
  func name(of key: String) -> String? {
    if let prefix {
      let dotted = prefix.hasSuffix(".") ? prefix : prefix + "."
      return key.hasPrefix(dotted) ? String(key.dropFirst(dotted.count)) : nil
    }
    return stripsModule && key.hasPrefix("module.") ? String(key.dropFirst(7)) : key
  }
}
