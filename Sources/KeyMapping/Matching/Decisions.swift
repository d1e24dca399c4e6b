import PthBackbones

/// The decision about each source key of a mapping.
struct Decisions {
  enum Decision {
    case loaded(entry: Int, LoadReport.How, rule: String?)
    case mismatched(entry: Int)
    /// Under the prefix, but not loaded; with the target's entry of this name, if there is one.
    case unused(entry: Int?)
    /// Not under the prefix.
    case outside
    /// The user's revisions gave a later key the same name.
    case superseded
  }

  let prefix: String
  /// Parts of the network under other prefixes.
  let complements: [PrefixComplement]
  /// One for each source key.
  private(set) var decisions: [Decision]
  /// For each entry of the target the index of its source, also if that does not fit.
  private(set) var sources: [Int?]
  /// The assumptions that an alignment had to make.
  let assumptions: [Detection.Assumption]

  /// Matches by name: exact names first, renamed keys next, so that a weaker match never takes a
  /// stronger one's place.
  init(
    _ keys: [SourceKey], prefix: String, _ complements: [PrefixComplement], to target: TargetIndex
  ) {
    self.prefix = prefix
    assumptions = []
    self.complements = complements
    decisions = keys.map {
      $0.isSuperseded ? .superseded : $0.name.hasPrefix(prefix) ? .unused(entry: nil) : .outside
    }
    sources = Array(repeating: nil, count: target.graph.state.count)
    lazy var names = Set(keys.map(\.name))
    let candidates = keys.indices.filter { isUnused($0) }.map { index in
      let name = keys[index].name.withoutPrefix(prefix)
      return (index: index, name: name, exact: target.exact(name))
    }
    for candidate in candidates {
      load(candidate.index, keys, prefix, candidate.exact, target)
    }
    let unused = candidates.filter { isUnused($0.index) }
    let renamed = unused.map { candidate in
      return target.renamed(candidate.name) { names.contains(prefix + $0) }
    }
    for (candidate, match) in zip(unused, renamed) {
      load(candidate.index, keys, prefix, match, target)
    }
    for complement in complements { add(complement, keys, names, target) }
    for (candidate, renamed) in zip(unused, renamed) {
      guard isUnused(candidate.index), let match = candidate.exact ?? renamed else { continue }
      let entry = target.graph.state[match.entry]
      // A classifier of another number of classes is normal, so it is not reported as mismatched.
      let isFree = sources[match.entry] == nil && entry.stage != .head
      decisions[candidate.index] =
        isFree ? .mismatched(entry: match.entry) : .unused(entry: match.entry)
      if isFree { sources[match.entry] = candidate.index }
    }
  }

  /// Whether a key under the prefix has no entry so far.
  private func isUnused(_ index: Int) -> Bool {
    if case .unused = decisions[index] { true } else { false }
  }

  /// Loads a part of the network that is under another prefix.
  private mutating func add(
    _ complement: PrefixComplement, _ keys: [SourceKey], _ names: Set<String>,
    _ target: TargetIndex
  ) {
    let prefix = complement.prefix
    for (index, key) in keys.enumerated() where key.name.hasPrefix(prefix) && !key.isSuperseded {
      let name = key.name.withoutPrefix(prefix)
      let match =
        target.exact(name)
        ?? target.renamed(name) { names.contains(prefix + $0) }
      guard let match, complement.entries.contains(match.entry) else { continue }
      load(index, keys, prefix, match, target)
    }
  }

  private mutating func load(
    _ index: Int, _ keys: [SourceKey], _ prefix: String, _ match: TargetIndex.Match?,
    _ target: TargetIndex
  ) {
    let key = keys[index]
    if case .loaded = decisions[index] { return }
    guard let match, sources[match.entry] == nil else { return }
    let entry = target.graph.state[match.entry]
    guard entry.accepts(key.shape), key.hasData, entry.dtype.accepts(key.dtype) else { return }
    var (how, steps) = key.steps
    if !prefix.isEmpty {
      how = .prefix
      steps.append("prefix \(prefix) removed")
    }
    if !match.tables.isEmpty {
      how = .rule
      steps.append(match.tables.joined(separator: ", "))
    }
    decisions[index] = .loaded(
      entry: match.entry, how, rule: steps.isEmpty ? nil : steps.joined(separator: "; "))
    sources[match.entry] = index
  }

  /// The decisions of an alignment.
  init(_ alignment: Alignment, keys: [SourceKey], to target: TargetIndex) {
    prefix = ""
    complements = []
    let order = Detection.Assumption(
      code: "tensor_order",
      text: "the tensors in the order of the backbone's: their names are not known")
    let vectors = Detection.Assumption(
      code: "vector_order",
      text: """
        the vectors of a norm in PyTorch's order (weight, bias, running mean, running variance): \
        the names do not show which is which
        """)
    assumptions = alignment.tellsRoles ? [order] : [order, vectors]
    decisions = keys.map { $0.isSuperseded ? .superseded : .unused(entry: nil) }
    sources = Array(repeating: nil, count: target.graph.state.count)
    for (entry, source) in alignment.sources.enumerated() {
      guard let source, keys[source].hasData,
        target.graph.state[entry].dtype.accepts(keys[source].dtype)
      else { continue }
      decisions[source] = .loaded(entry: entry, .alignment, rule: alignment.candidate)
      sources[entry] = source
    }
  }

  /// The number of loaded keys.
  var loadedCount: Int {
    decisions.count { if case .loaded = $0 { true } else { false } }
  }
}
