import PthBackbones

/// Matches a checkpoint's tensors with a backbone's by the order of shapes, for files without usable names.
struct Alignment: Hashable {
  /// Description of the order for messages: `official order, all tensors`.
  let candidate: String
  /// The candidate's names for the tensors.
  let names: [KeyShape]
  /// For each entry of the target's ``ModelGraph/state`` the index of its source, if it has one.
  let sources: [Int?]
  /// Whether the file's names distinguish the vectors of a norm; otherwise PyTorch's order is assumed.
  let tellsRoles: Bool
}

extension Alignment {
  /// The subset of a state dict's tensors that a file contains.
  private enum Selection: String, CaseIterable {
    case all = "all tensors"
    case withoutCounters = "without num_batches_tracked"
    case parameters = "parameters alone"

    func includes(_ entry: StateEntry) -> Bool {
      switch self {
      case .all: true
      case .withoutCounters: entry.role != .numBatchesTracked
      case .parameters: !entry.isBuffer
      }
    }
  }

  /// All alignments of the target's shapes, in the registration order of one of `graphs` (the same backbone in
  /// several flavors), with consecutive shapes of the source, unless the source's names contradict them.
  ///
  /// - Complexity: O(graphs × sources × target keys) at worst; shapes nearly always differ early.
  static func all(
    of keys: [SourceKey], to target: TargetIndex, as graphs: [ModelGraph]
  ) -> [Alignment] {
    let shapes = keys.map(\.shape)
    // Lazy, since names are only needed where shapes fit, which is rare.
    lazy var names = keys.map { NameEvidence($0.name) }
    lazy var norms = NormNames(target.graph)
    let found = graphs.flatMap { graph in
      Selection.allCases.flatMap { selection -> [Alignment] in
        let entries = graph.state.filter(selection.includes)
        guard !entries.isEmpty, let targets = targets(of: entries, in: graph, target) else {
          return []
        }
        return runs(of: entries, in: shapes).filter { start in
          NameEvidence.agree(names[start..<(start + entries.count)], with: entries)
        }.map { start in
          var sources = [Int?](repeating: nil, count: target.graph.state.count)
          for (index, entry) in targets.enumerated() { sources[entry] = start + index }
          let place = start == 0 ? "" : ", from tensor \(start) on"
          return Alignment(
            candidate: "\(graph.flavor) order, \(selection.rawValue)\(place)",
            names: graph.keyShapes, sources: sources,
            tellsRoles: NameEvidence.tellRoles(
              names[start..<(start + entries.count)], of: entries))
        }
      }
    }
    return found.filter { norms.agree(with: $0.sources, of: keys) }
  }

  /// The positions in `shapes` at which the entries' shapes begin as consecutive elements.
  private static func runs(of entries: [StateEntry], in shapes: [[Int]]) -> [Int] {
    guard entries.count <= shapes.count else { return [] }
    return (0...(shapes.count - entries.count)).filter { start in
      zip(entries, shapes[start...]).allSatisfy { $0.accepts($1) }
    }
  }

  /// For each entry the target's entry for the same parameter; nil if one has none or its shape differs.
  private static func targets(
    of entries: [StateEntry], in graph: ModelGraph, _ target: TargetIndex
  ) -> [Int]? {
    let found = entries.compactMap { entry -> Int? in
      let match =
        target.exact(entry.name[...])
        ?? target.renamed(entry.name[...]) { graph.stateIndex[$0] != nil }
      return match.flatMap { target.graph.state[$0.entry].shape == entry.shape ? $0.entry : nil }
    }
    return found.count == entries.count && Set(found).count == found.count ? found : nil
  }
}
