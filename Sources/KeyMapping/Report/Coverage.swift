import PthBackbones

/// The share of the target that was loaded, buffers included. Counters that start at 0 because the
/// file's version has none are not counted.
public struct Coverage: Sendable, Hashable {
  /// Loaded and all keys, and the elements of their tensors.
  public struct Share: Sendable, Hashable {
    /// Keys whose values come from the file.
    package internal(set) var loadedKeys = 0
    /// All keys.
    package internal(set) var keys = 0
    /// Elements of the loaded keys.
    package internal(set) var loadedElements = 0
    /// Elements of all keys.
    package internal(set) var elements = 0

    /// From 0 to 1; 1 if there are no keys.
    public var ofKeys: Double { keys == 0 ? 1 : Double(loadedKeys) / Double(keys) }
    /// From 0 to 1; 1 if there are no elements.
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

  /// A stage and its share.
  public struct StageShare: Sendable, Hashable {
    /// The stage.
    public let stage: Stage
    /// Its share.
    public let share: Share
  }

  /// Of the whole target.
  public let total: Share
  /// From the stem on.
  public let stages: [StageShare]

  /// - Parameter isLoaded: for each entry whether it is loaded; nil if it does not count.
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
