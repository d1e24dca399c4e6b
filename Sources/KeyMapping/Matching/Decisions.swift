import PthBackbones

/// What was decided about each source key.
struct Decisions {
  enum Decision {
    case loaded(entry: Int, LoadReport.How, rule: String?)
    case mismatched(entry: Int)
    /// Under the prefix, but nothing of the target: with what the name would have meant, if it means
    /// anything.
    case unused(entry: Int?)
    /// Not under the prefix.
    case outside
  }

  let prefix: String
  /// One for each source key.
  private(set) var decisions: [Decision]
  /// For each entry of the target the index of its source, of the right shape or not.
  private(set) var sources: [Int?]

  /// Matches by name: first those that need the least daring, so that no later one can take their
  /// place.
  init(_ keys: [SourceKey], prefix: String, to target: TargetIndex) {
    self.prefix = prefix
    decisions = keys.map { $0.name.hasPrefix(prefix) ? .unused(entry: nil) : .outside }
    sources = Array(repeating: nil, count: target.graph.state.count)
    let names = Set(keys.map(\.name))
    let candidates = keys.indices.filter { keys[$0].name.hasPrefix(prefix) }.map { index in
      let name = String(keys[index].name.dropFirst(prefix.count))
      return (index: index, name: name, exact: target.exact(name))
    }
    for candidate in candidates {
      load(candidate.index, keys, candidate.exact, target)
    }
    let unused = candidates.filter { if case .unused = decisions[$0.index] { true } else { false } }
    let renamed = unused.map { candidate in
      return target.renamed(candidate.name.keyComponents) { names.contains(prefix + $0) }
    }
    for (candidate, match) in zip(unused, renamed) {
      load(candidate.index, keys, match, target)
    }
    for (candidate, renamed) in zip(unused, renamed) {
      guard case .unused = decisions[candidate.index], let match = candidate.exact ?? renamed
      else { continue }
      let entry = target.graph.state[match.entry]
      // A classifier is trained for other classes: it is never expected to fit.
      let isFree = sources[match.entry] == nil && entry.stage != .head
      decisions[candidate.index] =
        isFree ? .mismatched(entry: match.entry) : .unused(entry: match.entry)
      if isFree { sources[match.entry] = candidate.index }
    }
  }

  private mutating func load(
    _ index: Int, _ keys: [SourceKey], _ match: TargetIndex.Match?, _ target: TargetIndex
  ) {
    let key = keys[index]
    guard case .unused = decisions[index], let match, sources[match.entry] == nil else { return }
    let entry = target.graph.state[match.entry]
    guard entry.accepts(key.shape), key.hasData, entry.dtype.accepts(key.dtype) else { return }
    var steps: [String] = []
    var how = LoadReport.How.exact
    if key.isRevised {
      how = .revised
      steps.append("\(key.original) revised to \(key.name)")
    }
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
    decisions = keys.map { _ in .unused(entry: nil) }
    sources = Array(repeating: nil, count: target.graph.state.count)
    for (entry, source) in alignment.sources.enumerated() {
      guard let source, keys[source].hasData,
        target.graph.state[entry].dtype.accepts(keys[source].dtype)
      else { continue }
      decisions[source] = .loaded(entry: entry, .alignment, rule: alignment.candidate)
      sources[entry] = source
    }
  }

  /// How many of the target's keys are loaded.
  var loadedCount: Int {
    decisions.count { if case .loaded = $0 { true } else { false } }
  }
}
