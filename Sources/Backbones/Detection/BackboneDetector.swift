/// Recognises an architecture in keys from which a prefix was removed.
public struct BackboneDetector: Sendable {
  /// Recognises the architecture; nil if it is not there. The file's metadata may give arguments that names
  /// and shapes do not show.
  let recognize: @Sendable (_ keys: KeyIndex, _ hints: FileHints) -> Detection?

  /// A detector.
  ///
  /// - Parameter recognize: Takes the keys under a prefix and the file's metadata; returns nil if the
  ///   architecture is not there.
  public init(
    recognize: @escaping @Sendable (_ keys: KeyIndex, _ hints: FileHints) -> Detection?
  ) {
    self.recognize = recognize
  }
}

extension BackboneRegistry {
  /// The maximum number of prefixes that are tried for each set of renaming tables; those with the most keys
  /// are tried.
  private static let prefixLimit = 8
  /// The minimum number of recognisable names under a prefix.
  private static let requiredKeys = 4

  /// All backbones in a state dict, most matching keys first; with equal numbers, in the order of the registry
  /// and then of the file.
  ///
  /// - Parameters:
  ///   - keys: names and shapes in the order of the file.
  ///   - hints: the file's metadata.
  /// - Complexity: O(keys × tables of names).
  package func detectAll(_ keys: [KeyShape], hints: FileHints) -> [Detection] {
    let keys = keys.withoutWrappers
    var prefixes: [RenamingTables: [String]] = [:]
    var indices: [RenamingTables: [String: KeyIndex]] = [:]
    let found = definitions.flatMap { definition -> [Detection] in
      guard let detector = definition.detector else { return [] }
      let names = definition.names
      let places = prefixes[names] ?? Self.prefixes(in: keys, names)
      prefixes[names] = places
      return places.compactMap { prefix in
        let index =
          indices[names]?[prefix] ?? KeyIndex(keys, prefix: prefix, names: names)
        indices[names, default: [:]][prefix] = index
        return detector.recognize(index, hints)
      }
    }
    return found.enumerated()
      .sorted { ($1.element.matchedKeys, $0.offset) < ($0.element.matchedKeys, $1.offset) }
      .map(\.element)
  }

  /// All backbones in the state dict of a file with this name.
  package func detectAll(_ keys: [KeyShape], fileName: String? = nil) -> [Detection] {
    detectAll(keys, hints: FileHints(fileName: fileName))
  }

  /// The backbone in a state dict; nil if none is recognised.
  package func detect(_ keys: [KeyShape], hints: FileHints) -> Detection? {
    detectAll(keys, hints: hints).first
  }

  /// The backbone in the state dict of a file with this name.
  package func detect(_ keys: [KeyShape], fileName: String? = nil) -> Detection? {
    detect(keys, hints: FileHints(fileName: fileName))
  }

  /// The prefixes with the most recognisable names, in the order of the file.
  private static func prefixes(in keys: [KeyShape], _ names: RenamingTables) -> [String] {
    var places: [Substring: Int] = [:]
    var found: [(prefix: Substring, count: Int)] = []
    for entry in keys {
      guard let prefix = names.prefix(of: entry.key) else { continue }
      // Most keys have the prefix of the key before, which is compared faster than looked up.
      if let last = found.last, last.prefix.hasSameBytes(as: prefix) {
        found[found.count - 1].count += 1
      } else if let place = places[prefix] {
        found[place].count += 1
      } else {
        places[prefix] = found.count
        found.append((prefix, 1))
      }
    }
    let most = found.map(\.count).sorted(by: >).prefix(prefixLimit).last ?? 0
    return found.filter { $0.count >= max(most, requiredKeys) }
      .prefix(prefixLimit).map { String($0.prefix) }
  }
}
