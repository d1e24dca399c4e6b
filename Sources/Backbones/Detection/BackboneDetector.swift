/// How an architecture is recognised in keys from which a prefix was taken off.
public struct BackboneDetector: Sendable {
  /// Recognises the architecture; nil if it is not there. The file's metadata may show what names
  /// and shapes do not.
  let recognize: @Sendable (_ keys: KeyIndex, _ hints: FileHints) -> Detection?

  /// A detector.
  ///
  /// - Parameter recognize: Gets the keys under a prefix, and what the file says about itself; gives nil if
  ///   the architecture is not there.
  public init(
    recognize: @escaping @Sendable (_ keys: KeyIndex, _ hints: FileHints) -> Detection?
  ) {
    self.recognize = recognize
  }
}

extension BackboneRegistry {
  /// The maximum number of networks that are looked at in one file; those with the most keys come
  /// first.
  private static let prefixLimit = 8
  /// With fewer telling names under a prefix there is no network.
  private static let requiredKeys = 4

  /// All backbones in a state dict, the one with most matching keys first; equal ones in the order
  /// of the file.
  ///
  /// - Parameters:
  ///   - keys: names and shapes in the order of the file.
  ///   - hints: what the file says about itself.
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

  /// The prefixes under which most telling names stand, in the order of the file.
  private static func prefixes(in keys: [KeyShape], _ names: RenamingTables) -> [String] {
    var places: [Substring: Int] = [:]
    var found: [(prefix: Substring, count: Int)] = []
    for entry in keys {
      guard let prefix = names.prefix(of: entry.key) else { continue }
      // Neighbours mostly lie under the same prefix.
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
