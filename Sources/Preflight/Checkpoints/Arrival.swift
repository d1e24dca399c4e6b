import PthBackbones
import PthCheckpoints
import OrderedCollections
import PthTensors

/// The keys that mmengine's loader loads into a backbone: only equal names with equal shapes.
///
/// The loader does not know the names of other implementations, looks only behind the given prefix, and continues if
/// keys are missing.
package struct Arrival: Sendable {
  /// Keys of the backbone that are loaded.
  private(set) var loaded: Set<String> = []
  /// Keys of the backbone that the file has in another shape, with both shapes.
  private(set) var mismatched: [(key: String, file: [Int], network: [Int])] = []
  /// Keys of the backbone that the file does not have.
  private(set) var missing: [String] = []
  /// The number of keys of each stage, in the order of the network.
  private(set) var stages: [(stage: Stage, loaded: Int, all: Int)] = []

  /// The prefixes with which the loader compares keys.
  struct Rule: Sendable {
    /// The prefix removed from the file's keys; keys without it are ignored. Nil for all keys.
    var prefix: String?
    /// The prefix of the backbone's keys in the loaded state dict.
    var target = ""
    /// Whether the loader removes `module.` at the beginning of keys.
    var stripsModule = true
  }

  var isComplete: Bool { missing.isEmpty && mismatched.isEmpty }

  /// Whether the weight of a convolution arrives. A norm's vectors alone fit any layer of their width.
  private(set) var hasWeights = false

  /// The share of keys that arrive, from 0 to 1.
  var share: Double {
    let all = stages.reduce(0) { $0 + $1.all }
    return all == 0 ? 1 : Double(loaded.count) / Double(all)
  }

  /// - Parameter absent: The roles of tensors that the module's norms do not have.
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

  /// The keys of `graph` that are counted: without the head, `num_batches_tracked`, and convolutions that are
  /// initialised with constants (those that predict offsets).
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
  /// The key after the loader's renaming; nil if the loader ignores the key.
  func name(of key: String) -> String? {
    if let prefix {
      let dotted = prefix.hasSuffix(".") ? prefix : prefix + "."
      return key.hasPrefix(dotted) ? String(key.dropFirst(dotted.count)) : nil
    }
    return stripsModule && key.hasPrefix("module.") ? String(key.dropFirst(7)) : key
  }
}
