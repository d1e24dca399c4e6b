import PthBackbones

/// The prefixes under which a backbone's keys may be in a checkpoint.
struct PrefixSearch {
  /// A prefix (empty or ending in a dot), and the target's keys that are found behind it in the right shape.
  struct Candidate: Hashable {
    let prefix: String
    /// Indices in ``ModelGraph/state``.
    let entries: Set<Int>

    var matches: Int { entries.count }
  }

  /// The candidates, most matches first; with equal numbers, the empty prefix first, then in the file's order.
  let candidates: [Candidate]

  /// - Complexity: O(components of all keys).
  init(_ keys: [SourceKey], in target: TargetIndex) {
    var order: [Substring] = []
    var matched: [Substring: Set<Int>] = [:]
    for key in keys where !key.isSuperseded {
      let components = key.components
      var start = key.name.startIndex
      for (position, component) in components.enumerated() {
        let prefix = key.name[..<start]
        let isLast = position + 1 == components.count
        if components.count - position <= RenamingTables.maximumWords,
          target.mayBegin(with: component, isOnly: isLast)
        {
          let name = key.name[start...]
          let match = target.exact(name) ?? target.renamed(name)
          if let match, target.graph.state[match.entry].accepts(key.shape) {
            if matched[prefix] == nil { order.append(prefix) }
            matched[prefix, default: []].insert(match.entry)
            // Only the shortest prefix is right: `layer1.0.conv1` is not a `conv1` behind a prefix.
            break
          }
        }
        if !isLast {
          start = key.name.index(after: component.endIndex)
        }
      }
    }
    candidates =
      order.enumerated()
      .map { rank, prefix in
        (
          candidate: Candidate(prefix: String(prefix), entries: matched[prefix] ?? []),
          rank: prefix.isEmpty ? -1 : rank
        )
      }
      .sorted { ($1.candidate.matches, $0.rank) < ($0.candidate.matches, $1.rank) }
      .map(\.candidate)
  }
}
