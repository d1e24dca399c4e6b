/// All rules of an architecture's tables by their first word, so that a key is scanned once and not once a rule.
/// Words are compared as integers: their places in a list of the rules' words.
struct RuleIndex: Sendable {
  private struct Rule: Sendable {
    let table: Int
    let isAnywhere: Bool
    /// The places of the words that the rule matches; nil for `*`.
    let words: [Int?]
    let rule: RenamingRule
  }

  private var words = WordIndex()
  /// The rules that begin with each word, in the order of the tables.
  private var rules: [[Rule]] = []
  /// For each word, whether it is the first word of telling names.
  private var telling: [Bool] = []

  init(_ tables: [RenamingTable], tellingComponents: Set<Substring>) {
    for component in tellingComponents { telling[add(component)] = true }
    for (index, table) in tables.enumerated() {
      for rule in table.rules {
        let places = rule.from.map { $0 == "*" ? nil : add($0) }
        guard let first = places.first, let first else {
          preconditionFailure("a rule begins with a word of its own")
        }
        rules[first].append(
          Rule(table: index, isAnywhere: table.isAnywhere, words: places, rule: rule))
      }
    }
  }

  private mutating func add(_ word: Substring) -> Int {
    let place = words.add(word)
    if place == rules.count {
      rules.append([])
      telling.append(false)
    }
    return place
  }

  /// The words of a key, as places in the list of the rules' words, with their offsets in the key.
  func scan(_ key: Substring) -> [WordIndex.Found] { words.scan(key) }

  /// Whether a rule or a telling name begins with the word.
  func mayBegin(with word: WordIndex.Found) -> Bool {
    word.place.map { telling[$0] || !rules[$0].isEmpty } ?? false
  }

  /// Whether a rule begins with the word.
  func isFirst(_ component: Substring) -> Bool {
    words[component].map { !rules[$0].isEmpty } ?? false
  }

  /// Whether any rule matches the key.
  func matches(_ key: ArraySlice<WordIndex.Found>) -> Bool {
    for start in key.indices {
      guard let place = key[start].place else { continue }
      for rule in rules[place] where Self.matches(rule, key, at: start) { return true }
    }
    return false
  }

  /// The components, renamed by the first matching rule of a table; nil if none matches.
  func apply(
    _ table: Int, to components: [Substring], _ key: ArraySlice<WordIndex.Found>
  ) -> [Substring]? {
    for start in key.indices {
      guard let place = key[start].place else { continue }
      for rule in rules[place] where rule.table == table && Self.matches(rule, key, at: start) {
        return rule.rule.apply(to: components, at: start - key.startIndex)
      }
    }
    return nil
  }

  private static func matches(
    _ rule: Rule, _ key: ArraySlice<WordIndex.Found>, at start: Int
  ) -> Bool {
    guard start == key.startIndex || rule.isAnywhere, start + rule.words.count <= key.endIndex
    else { return false }
    for (offset, word) in rule.words.enumerated() {
      if let word, key[start + offset].place != word { return false }
    }
    return true
  }
}
