/// A key under its canonical name, and the tables that took part.
struct CanonicalName: Hashable {
  let name: String
  let tables: [String]

  /// - Parameters:
  ///   - components: the key's words between the dots, without any prefix.
  ///   - contains: whether there is a key of this name beside it, for rules that ask for one.
  /// - Complexity: O(rules).
  init(
    _ components: [Substring],
    contains: (String) -> Bool = { _ in false }
  ) {
    var renamed = components
    var tables: [String] = []
    for rules in RenamingRule.tables {
      for rule in rules where rule.requiredKeys.allSatisfy(contains) {
        if let next = rule.apply(to: renamed) {
          renamed = next
          if tables.last != rule.table { tables.append(rule.table) }
          break
        }
      }
    }
    name = renamed.joined(separator: ".")
    self.tables = tables
  }
}

extension RenamingRule {
  /// Words with which a key may begin that a rule renames.
  static let firstComponents = Set(tables.joined().compactMap(\.from.first))
}
