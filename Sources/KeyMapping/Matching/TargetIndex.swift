import PthBackbones

/// The keys of a backbone by their own and by their canonical names.
struct TargetIndex: Sendable {
  let graph: ModelGraph
  private let canonical: [CanonicalName]
  private let entriesByCanonicalName: [String: Int]
  /// Words with which the backbone's keys begin, under their own and their canonical names.
  let ownComponents: Set<Substring>
  /// The most components that a key of this backbone has in any implementation.
  let longest: Int

  init(_ graph: ModelGraph) {
    self.graph = graph
    let names = graph.state.map { entry in
      CanonicalName(entry.name.keyComponents, names: graph.names) { graph.stateIndex[$0] != nil }
    }
    canonical = names
    entriesByCanonicalName = Dictionary(
      names.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    // A rule makes one component of two, or two of one.
    let lengths = names.map { $0.name.utf8.count { $0 == UInt8(ascii: ".") } + 1 }
    longest = (lengths.max() ?? 0) + 1
    ownComponents = Set((graph.state.map(\.name) + names.map(\.name)).map(\.firstKeyComponent))
  }

  /// Whether a key of this backbone may begin with the component in any implementation.
  ///
  /// - Parameter isOnly: whether the key has no other component.
  func mayBegin(with component: Substring, isOnly: Bool) -> Bool {
    ownComponents.contains(component) || graph.names.mayRename(first: component, isOnly: isOnly)
  }

  /// A key of the backbone that a name means.
  struct Match {
    /// Index in ``ModelGraph/state``.
    let entry: Int
    /// Tables of rules that had to be used; empty for the key's own name.
    let tables: [String]
  }

  /// The key that is called `name`.
  func exact(_ name: String) -> Match? {
    graph.stateIndex[name].map { Match(entry: $0, tables: []) }
  }

  /// The key that is called `components` in some implementation.
  ///
  /// - Parameter contains: whether the source has a key of this name beside it.
  func renamed(_ components: [Substring], contains: (String) -> Bool = { _ in false }) -> Match? {
    let name = CanonicalName(components, names: graph.names, contains: contains)
    guard let entry = entriesByCanonicalName[name.name] else { return nil }
    let tables = name.tables + canonical[entry].tables.filter { !name.tables.contains($0) }
    // The deep stem's norm needs no telling: another table has renamed the stem around it.
    return Match(entry: entry, tables: tables.filter { $0 != RenamingTable.deepStemName })
  }
}
