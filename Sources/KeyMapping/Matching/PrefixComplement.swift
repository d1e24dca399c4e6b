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

  /// The modules that have no key under `prefix`, under other prefixes.
  struct Found {
    /// Parts whose prefix shows that they belong to the network under `prefix`.
    var used: [PrefixComplement] = []
    /// Parts that may belong to another network: the same module is under several prefixes, or the prefix names
    /// neither a wrapper nor a head. They are not loaded.
    var undecided: [PrefixComplement] = []
  }

  /// Finds the modules that have no key under `prefix`.
  ///
  /// A prefix with any key that is already found belongs to a copy of the network, not to a part.
  ///
  /// - Complexity: O(matches of all candidates).
  static func all(
    beside prefix: String, of candidates: [PrefixSearch.Candidate], in target: TargetIndex
  ) -> Found {
    guard candidates.count > 1, let main = candidates.first(where: { $0.prefix == prefix }) else {
      return Found()
    }
    let state = target.graph.state
    let modules = state.map(\.name.firstKeyComponent)
    let sizes = modules.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let ownModules = Set(main.entries.map { modules[$0] })
    let parts = candidates.compactMap { candidate -> PrefixComplement? in
      guard candidate.prefix != prefix, candidate.entries.isDisjoint(with: main.entries) else {
        return nil
      }
      let lying = Dictionary(grouping: candidate.entries) { modules[$0] }.filter {
        module, entries in
        !ownModules.contains(module) && state[entries[0]].stage != .head
          && entries.count * 2 >= sizes[module, default: 0]
      }
      let entries = Set(lying.values.joined())
      // A convolution is required, since norms fit any network of their width.
      guard entries.contains(where: { state[$0].role == .convWeight }) else { return nil }
      return PrefixComplement(
        prefix: candidate.prefix, modules: lying.keys.map(String.init).sorted(),
        entries: entries, names: target.graph.names)
    }
    let places = parts.flatMap(\.modules).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    var found = Found()
    for part in parts {
      if part.modules.allSatisfy({ places[$0] == 1 }), part.belongs(beside: prefix) {
        found.used.append(part)
      } else {
        found.undecided.append(part)
      }
    }
    return found
  }

  /// Whether the prefix shows that the part belongs to the network under the other prefix: both differ in wrappers
  /// only, or the part is in a head.
  private func belongs(beside other: String) -> Bool {
    func words(_ prefix: String) -> [Substring] {
      prefix.split(separator: ".").filter { !WrapperNames.isWrapper($0) }
    }
    let (own, others) = (words(prefix), words(other))
    if own == others { return true }
    let common = zip(own, others).prefix { $0 == $1 }.count
    // A head of another network (`teacher.roi_head` beside `student.backbone`) is none of this one.
    return own.dropFirst(common).first.map { NetworkExtent.isBehindTheStages($0.lowercased()) }
      ?? false
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
