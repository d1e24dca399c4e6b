import PthBackbones

/// A part of the network under another prefix than the rest: only some modules were wrapped, or a detector keeps
/// the last stage in its head.
package struct PrefixComplement: Sendable, Hashable {
  /// The prefix; empty or ending in a dot.
  package let prefix: String
  /// The target's modules under the prefix: `layer4`.
  package let modules: [String]
  /// Indices in ``ModelGraph/state``.
  let entries: Set<Int>
  /// The renaming tables of the target's architecture.
  private let names: RenamingTables

  /// The prefixes under which the modules are that have no key under `prefix`.
  ///
  /// A prefix with any key that is already found belongs to a copy of the network, not to a part.
  ///
  /// - Complexity: O(matches of all candidates).
  static func all(
    beside prefix: String, of candidates: [PrefixSearch.Candidate], in target: TargetIndex
  ) -> [PrefixComplement] {
    guard candidates.count > 1, let main = candidates.first(where: { $0.prefix == prefix }) else {
      return []
    }
    let state = target.graph.state
    let modules = state.map(\.name.firstKeyComponent)
    let sizes = modules.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    var taken = main.entries
    var takenModules = Set(taken.map { modules[$0] })
    var complements: [PrefixComplement] = []
    for candidate in candidates where candidate.prefix != prefix {
      // A convolution is required, since norms fit any network of their width.
      guard candidate.entries.isDisjoint(with: taken),
        candidate.entries.contains(where: { state[$0].role == .convWeight })
      else { continue }
      let found = Dictionary(grouping: candidate.entries) { modules[$0] }
      let lying = found.filter { module, entries in
        !takenModules.contains(module) && state[entries[0]].stage != .head
          && entries.count * 2 >= sizes[module, default: 0]
      }
      let entries = Set(lying.values.joined())
      guard entries.contains(where: { state[$0].role == .convWeight }) else { continue }
      taken.formUnion(entries)
      takenModules.formUnion(lying.keys)
      complements.append(
        PrefixComplement(
          prefix: candidate.prefix, modules: lying.keys.map(String.init).sorted(),
          entries: entries, names: target.graph.names))
    }
    return complements
  }

  /// The name of a key without the prefix; nil if the key is not in one of the modules.
  ///
  /// - Parameter names: The renaming tables of the network.
  func name(of key: String, names: RenamingTables) -> Substring? {
    guard key.hasPrefix(prefix) else { return nil }
    let name = key.withoutPrefix(prefix)
    let canonical = CanonicalName(name, names: names).name
      .firstKeyComponent
    return modules.contains { $0 == canonical } ? name : nil
  }
}
