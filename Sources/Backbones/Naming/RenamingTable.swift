/// The rules with which the keys of one implementation get canonical names.
public struct RenamingTable: Sendable {
  /// As reports name it (`mmdet-stem`).
  package let name: String
  /// Keys that must all be there for the table to be used.
  let requiredKeys: [String]
  /// The longer of two that begin alike comes first.
  let rules: [RenamingRule]
  let isAnywhere: Bool
  /// Whether reports name it.
  let isReported: Bool
  /// The words of a name without dots; nil if the table does not know it.
  private let splitter: (@Sendable (_ component: Substring) -> [Substring]?)?

  /// - Parameters:
  ///   - rules: a longer rule comes before one that is its beginning.
  ///   - isAnywhere: whether they may match in the middle of a key, not only at its beginning.
  ///   - requiredKeys: keys beside the renamed one that must all be there.
  ///   - isReported: whether reports name the table; not where another one has renamed what is around.
  ///   - splitter: for keys that are one component: its words, nil if the table does not know it.
  public init(
    _ name: String, _ rules: [RenamingRule] = [], anywhere isAnywhere: Bool = false,
    ifPresent requiredKeys: [String] = [], isReported: Bool = true,
    splitting splitter: (@Sendable (_ component: Substring) -> [Substring]?)? = nil
  ) {
    self.name = name
    self.requiredKeys = requiredKeys
    self.isAnywhere = isAnywhere
    self.rules = rules
    self.isReported = isReported
    self.splitter = splitter
  }

  /// Whether the table takes names of one word apart.
  var isSplitting: Bool { splitter != nil }

  /// Whether the component is a name that this table takes apart.
  func splits(_ component: Substring) -> Bool { splitter?(component) != nil }

  /// The words of a name without dots; nil if the table does not know it.
  func split(_ component: Substring) -> [Substring]? { splitter?(component) }
}
