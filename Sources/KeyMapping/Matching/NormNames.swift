import PthBackbones

/// Checks an alignment by names of norms: `reduce_bn` must follow `reduce`, `bn2` must follow `conv2`.
///
/// Norms of one width have equal shapes, and a file may list them in another order than that of their use.
struct NormNames {
  /// For each norm of the graph that follows a convolution, the indices of both weights in ``ModelGraph/state``.
  private let pairs: [(norm: Int, convolution: Int)]

  init(_ graph: ModelGraph) {
    pairs = graph.nodes.compactMap { node in
      guard let norm = Self.weight(.normWeight, of: node, in: graph),
        let before = graph.producer(of: node.inputs[0]),
        let convolution = Self.weight(.convWeight, of: before, in: graph)
      else { return nil }
      return (norm, convolution)
    }
  }

  private static func weight(_ role: StateRole, of node: Node, in graph: ModelGraph) -> Int? {
    node.state.first { graph.state[$0].role == role }
  }

  /// Whether no norm's name refers to another convolution of the same module than the one that the norm follows
  /// in the alignment.
  ///
  /// - Parameter sources: for each entry of the graph, the index of its key.
  func agree(with sources: [Int?], of keys: [SourceKey]) -> Bool {
    // The convolutions of one module, by that module's path.
    var siblings: [ArraySlice<Substring>: Set<Substring>] = [:]
    var places: [(norm: Module, convolution: Module)] = []
    for pair in pairs {
      guard let norm = sources[pair.norm].flatMap({ Module(keys[$0]) }),
        let convolution = sources[pair.convolution].flatMap({ Module(keys[$0]) })
      else { continue }
      siblings[convolution.parent, default: []].insert(convolution.name)
      places.append((norm, convolution))
    }
    return places.allSatisfy { place in
      guard place.norm.parent == place.convolution.parent,
        let meant = Self.meant(by: place.norm.name, among: siblings[place.norm.parent] ?? [])
      else { return true }
      return meant == place.convolution.name
    }
  }

  /// The convolution that a norm's name refers to; nil if that is none or ambiguous.
  private static func meant(
    by norm: Substring, among convolutions: Set<Substring>
  ) -> Substring? {
    let named = convolutions.filter { !$0.isEmpty && (norm.hasPrefix($0) || norm.hasSuffix($0)) }
    if let longest = named.map(\.utf8.count).max() {
      let best = named.filter { $0.utf8.count == longest }
      return best.count == 1 ? best.first : nil
    }
    let digits = number(norm)
    guard !digits.isEmpty else { return nil }
    let numbered = convolutions.filter { number($0) == digits }
    return numbered.count == 1 ? numbered.first : nil
  }

  /// The digits at the end of a name.
  private static func number(_ name: Substring) -> Substring {
    let count = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
    return name.suffix(count)
  }

  /// A module of the source, by its weight's key.
  private struct Module {
    let parent: ArraySlice<Substring>
    let name: Substring

    init?(_ key: SourceKey) {
      guard key.components.count > 1 else { return nil }
      let path = key.components.dropLast()
      parent = path.dropLast()
      name = path[path.endIndex - 1]
    }
  }
}
