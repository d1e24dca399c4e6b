/// The names that implementations of an architecture have for its parts.
public struct RenamingTables: Sendable, Hashable {
  /// In the order in which they are used.
  let tables: [RenamingTable]
  private let rules: RuleIndex
  /// The tables that take names of one word apart.
  private let splitting: [RenamingTable]
  /// Whether a canonical name, without any prefix, is one that only this architecture's tensors
  /// have, so that it shows where a network sits.
  package let isTelling: @Sendable (_ name: String) -> Bool
  /// In which stage canonical names lie that begin with a word, also of a stage that a network does not
  /// have; nil for words of no stage.
  package let stage: @Sendable (_ word: Substring) -> Stage?
  /// Tables that reports do not name.
  package let unreported: Set<String>
  /// The first words of telling names, sorted.
  package let tellingWords: [Substring]
  /// Stands for `isTelling`, which cannot be compared.
  private let identity = Identity()

  private final class Identity: Sendable {}

  /// - Parameters:
  ///   - tables: in the order in which they are used.
  ///   - tellingComponents: first words of canonical names that may be telling.
  ///   - isTelling: whether such a name shows where a network sits.
  ///   - stage: the stage in which canonical names lie that begin with a word, nil for none; if left
  ///     out, the words are `stem`, `layer1`, `layer2`…
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

  /// More words than a telling name has in any implementation.
  private static let maximumWords = 16

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
  /// - Parameter isOnly: whether nothing follows it: only names of one word are taken apart.
  package func mayRename(first component: Substring, isOnly: Bool) -> Bool {
    rules.isFirst(component) || isOnly && isSplit(component)
  }

  private func isSplit(_ component: Substring) -> Bool {
    splitting.contains { $0.split(component) != nil }
  }

  /// A key's components, renamed by one table after another, and the names of the tables that took
  /// part; nil if none has anything to rename.
  ///
  /// - Parameter contains: whether there is a key of this name beside it.
  func apply(
    to key: Substring, contains: (String) -> Bool
  ) -> (components: [Substring], tables: [String])? {
    apply(to: key, rules.scan(key)[...], contains: contains)
  }

  /// Renames a key whose words were looked up already.
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
      // A later table may know what this one has written.
      words = rules.scan(components.joined(separator: ".")[...])[...]
    }
    return used.isEmpty ? nil : (components, used)
  }

  /// Whether both read every key alike. Of those that find telling names only copies are equal.
  public static func == (left: RenamingTables, right: RenamingTables) -> Bool {
    left.tables.map(\.name) == right.tables.map(\.name)
      && left.tellingWords == right.tellingWords
      && (left.tellingWords.isEmpty || left.identity === right.identity)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(tables.map(\.name)) }
}
