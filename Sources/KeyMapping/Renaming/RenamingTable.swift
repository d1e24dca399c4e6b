/// The rules with which the keys of one implementation get canonical names.
struct RenamingTable: Sendable {
  /// As reports name it (`mmdet-stem`).
  let name: String
  /// Keys that must all be there for the table to be used.
  let requiredKeys: [String]
  /// The rules by the first component that they match, for a lookup in constant time.
  private let rules: [Substring: [RenamingRule]]
  private let isAnywhere: Bool

  /// - Parameters:
  ///   - rules: the longer of two that begin alike first.
  ///   - isAnywhere: whether they may match in the middle of a key, not only at its beginning.
  init(
    _ name: String, _ rules: [RenamingRule], anywhere isAnywhere: Bool = false,
    ifPresent requiredKeys: [String] = []
  ) {
    self.name = name
    self.requiredKeys = requiredKeys
    self.isAnywhere = isAnywhere
    self.rules = Dictionary(grouping: rules) { $0.from.first ?? "" }
  }

  /// Words with which a key that the table renames may begin.
  var firstComponents: some Collection<Substring> { rules.keys }

  /// The components renamed by the first rule that matches; nil if none does.
  func apply(to components: [Substring]) -> [Substring]? {
    for start in isAnywhere ? components.indices : components.indices.prefix(1) {
      for rule in rules[components[start]] ?? [] {
        if let renamed = rule.apply(to: components, at: start) { return renamed }
      }
    }
    return nil
  }
}
