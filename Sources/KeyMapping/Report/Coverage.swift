import PthBackbones

/// The share of the target that was loaded, buffers included. Counters of batches that the file need not have
/// (`LoadReport.filled`) are left out.
public struct Coverage: Sendable, Hashable {
  /// The numbers of loaded and of all keys, and of their tensors' elements.
  public struct Share: Sendable, Hashable {
    /// Number of keys whose values come from the file.
    package internal(set) var loadedKeys = 0
    /// Number of all keys.
    package internal(set) var keys = 0
    /// Number of elements of the loaded keys.
    package internal(set) var loadedElements = 0
    /// Number of elements of all keys.
    package internal(set) var elements = 0

    /// The loaded share of the keys, from 0 to 1; 1 if there are no keys.
    public var ofKeys: Double { keys == 0 ? 1 : Double(loadedKeys) / Double(keys) }
    /// The loaded share of the elements, from 0 to 1; 1 if there are no elements.
    public var ofElements: Double {
      elements == 0 ? 1 : Double(loadedElements) / Double(elements)
    }
    /// Whether every key is loaded.
    package var isComplete: Bool { loadedKeys == keys }

    mutating func add(_ entry: StateEntry, isLoaded: Bool) {
      keys += 1
      elements += entry.elementCount
      if isLoaded {
        loadedKeys += 1
        loadedElements += entry.elementCount
      }
    }
  }

  /// A stage with its share.
  public struct StageShare: Sendable, Hashable {
    /// The stage.
    public let stage: Stage
    /// Its share.
    public let share: Share
  }

  /// The share of the whole target.
  public let total: Share
  /// The shares of the stages, from the stem to the head.
  public let stages: [StageShare]

  /// - Parameter isLoaded: for each entry of the graph whether it is loaded; nil to leave it out.
  init(of graph: ModelGraph, isLoaded: [Bool?]) {
    var total = Share()
    var stages: [Stage: Share] = [:]
    for (entry, isLoaded) in zip(graph.state, isLoaded) {
      guard let isLoaded else { continue }
      total.add(entry, isLoaded: isLoaded)
      stages[entry.stage, default: Share()].add(entry, isLoaded: isLoaded)
    }
    self.total = total
    self.stages = stages.sorted { $0.key < $1.key }.map {
      StageShare(stage: $0.key, share: $0.value)
    }
  }
}
