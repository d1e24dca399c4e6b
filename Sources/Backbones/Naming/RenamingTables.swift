/// The tables that rename the keys of all implementations of an architecture to canonical names.
public struct RenamingTables: Sendable, Hashable {
  /// In the order in which they are used.
  let tables: [RenamingTable]
  private let rules: RuleIndex
  /// The tables that split names without dots.
  private let splitting: [RenamingTable]
  /// Whether a canonical name without prefix is typical of this architecture, so that the text before it in a key
  /// is the network's prefix.
  package let isTelling: @Sendable (_ name: String) -> Bool
  /// The stage of canonical names that begin with a word, even if the network at hand does not have that
  /// stage; nil if the word begins no stage's names.
  package let stage: @Sendable (_ word: Substring) -> Stage?
  /// Tables that reports do not name.
  package let unreported: Set<String>
  /// The first words of telling names, sorted.
  package let tellingWords: [Substring]
  /// Represents `isTelling` in comparisons, since closures cannot be compared.
  private let identity = Identity()

  private final class Identity: Sendable {}

  /// - Parameters:
  ///   - tables: in the order in which they are used.
  ///   - tellingComponents: the first words of all names that may be telling.
  ///   - isTelling: whether a canonical name without prefix is typical of this architecture.
  ///   - stage: returns the stage of canonical names that begin with a word, nil for none; by default the
  ///     words are `stem`, `layer1`, `layer2`…
  public init(
    _ tables: [RenamingTable] = [], tellingComponents: Set<Substring> = [],
    isTelling: @escaping @Sendable (_ name: String) -> Bool = { _ in false },
    stage: (@Sendable (_ word: Substring) -> Stage?)? = nil
  ) {
    self.tables = tables
    self.isTelling = isTelling
    self.stage = stage ?? { Stage($0) }
    rules = RuleIndex(tables, tellingComponents: tellingComponents)
    splitting = tables.filter(\.isSplitting)
    unreported = Set(tables.filter { !$0.isReported }.map(\.name))
    tellingWords = tellingComponents.sorted()
  }

  /// A limit for the words of a name without its prefix: no implementation's names have more. Only that many last
  /// words of a key are tried as a name.
  package static let maximumWords = 16

  /// The prefix before a telling name in a key; nil if the key has no telling name.
  ///
  /// - Complexity: O(length of the key).
  func prefix(of key: String) -> Substring? {
    let words = rules.scan(key[...])
    for (position, word) in words.enumerated().dropFirst(max(words.count - Self.maximumWords, 0)) {
      let rest = key[key.utf8.index(key.startIndex, offsetBy: word.start)...]
      guard
        rules.mayBegin(with: word) || position + 1 == words.count && isSplit(rest)
      else { continue }
      let renamed = apply(to: rest, words[position...]) { _ in false }
      if isTelling(renamed?.components.joined(separator: ".") ?? String(rest)) {
        return key[..<rest.startIndex]
      }
    }
    return nil
  }

  /// Whether a table may rename keys that begin with the component.
  ///
  /// - Parameter isOnly: whether the component is the whole key; only such keys are split.
  package func mayRename(first component: Substring, isOnly: Bool) -> Bool {
    rules.isFirst(component) || isOnly && isSplit(component)
  }

  private func isSplit(_ component: Substring) -> Bool {
    splitting.contains { $0.split(component) != nil }
  }

  /// A key's components, renamed by one table after another, and the names of the tables that renamed something; nil
  /// if none did.
  ///
  /// - Parameter contains: whether the file has this key under the same prefix.
  func apply(
    to key: Substring, contains: (String) -> Bool
  ) -> (components: [Substring], tables: [String])? {
    apply(to: key, rules.scan(key)[...], contains: contains)
  }

  /// Renames a key whose words are already looked up.
  private func apply(
    to key: Substring, _ words: ArraySlice<WordIndex.Found>, contains: (String) -> Bool
  ) -> (components: [Substring], tables: [String])? {
    var words = words
    guard rules.matches(words) || words.count == 1 && isSplit(key) else { return nil }
    var components = key.keyComponents
    var used: [String] = []
    for (index, table) in tables.enumerated() {
      let renamed =
        components.count == 1 && table.isSplitting
        ? table.split(components[0]) : rules.apply(index, to: components, words)
      guard let renamed, table.requiredKeys.allSatisfy(contains) else { continue }
      components = renamed
      used.append(table.name)
      // Later tables rename the result of this one.
      words = rules.scan(components.joined(separator: ".")[...])[...]
    }
    return used.isEmpty ? nil : (components, used)
  }

  /// Whether both have tables with the same names. Tables with telling names are equal only to their copies.
  public static func == (left: RenamingTables, right: RenamingTables) -> Bool {
    left.tables.map(\.name) == right.tables.map(\.name)
      && left.tellingWords == right.tellingWords
      && (left.tellingWords.isEmpty || left.identity === right.identity)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(tables.map(\.name)) }
}
