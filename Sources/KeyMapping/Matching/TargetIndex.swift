import PthBackbones

/// The keys of a backbone by their own and by their canonical names.
struct TargetIndex: Sendable {
  let graph: ModelGraph
  private let canonical: [CanonicalName]
  private let renamedPlaces: RenamedPlaces
  /// The first components of the backbone's keys and of their canonical names.
  let ownComponents: WordIndex

  init(_ graph: ModelGraph) {
    self.graph = graph
    let names = graph.state.map { entry in
      CanonicalName(entry.name[...], names: graph.names) { graph.stateIndex[$0] != nil }
    }
    canonical = names
    var renamedPlaces = RenamedPlaces()
    for (index, name) in names.enumerated() { renamedPlaces.add(name, at: index) }
    self.renamedPlaces = renamedPlaces
    var first = WordIndex()
    for name in names { first.add(name.name.firstKeyComponent) }
    for entry in graph.state { first.add(entry.name.firstKeyComponent) }
    ownComponents = first
  }

  /// Whether a key of this backbone may begin with the component in any implementation.
  ///
  /// - Parameter isOnly: whether the component is the whole key.
  func mayBegin(with component: Substring, isOnly: Bool) -> Bool {
    ownComponents.contains(component) || graph.names.mayRename(first: component, isOnly: isOnly)
  }

  /// A key of the backbone that a name refers to.
  struct Match {
    /// Index in ``ModelGraph/state``.
    let entry: Int
    /// Names of the renaming tables that were used; empty for the key's own name.
    let tables: [String]
  }

  /// The entry whose key is `name`.
  func exact(_ name: Substring) -> Match? {
    graph.stateIndex[String(name)].map { Match(entry: $0, tables: []) }
  }

  /// The first entry with this canonical name.
  private func entry(canonical name: String) -> Int? {
    renamedPlaces.first(
      of: name,
      own: graph.stateIndex[name].flatMap { canonical[$0].tables.isEmpty ? $0 : nil })
  }

  /// The entry that any implementation calls `key`.
  ///
  /// - Parameter contains: whether the source has this key under the same prefix.
  func renamed(_ key: Substring, contains: (String) -> Bool = { _ in false }) -> Match? {
    let name = CanonicalName(key, names: graph.names, contains: contains)
    guard let entry = entry(canonical: name.name) else { return nil }
    let tables = name.tables + canonical[entry].tables.filter { !name.tables.contains($0) }
    return Match(entry: entry, tables: tables.filter { !graph.names.unreported.contains($0) })
  }
}
