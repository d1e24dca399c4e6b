/// The rules that rename the keys of one implementation to canonical names.
public struct RenamingTable: Sendable {
  /// The table's name in reports (`mmdet-stem`).
  package let name: String
  /// Keys that must all be in the file for the table to be used.
  let requiredKeys: [String]
  /// The rules in the order in which they are tried; the first that matches is used.
  let rules: [RenamingRule]
  let isAnywhere: Bool
  /// Whether reports name the table.
  let isReported: Bool
  /// Splits a name without dots into components; returns nil if the table does not know it.
  private let splitter: (@Sendable (_ component: Substring) -> [Substring]?)?

  /// - Parameters:
  ///   - rules: a longer rule must come before a rule that is its beginning.
  ///   - isAnywhere: whether rules may match in the middle of a key, not only at its beginning.
  ///   - requiredKeys: keys that must all be in the file, under the renamed key's prefix.
  ///   - isReported: whether reports name the table.
  ///   - splitter: splits a key without dots into components; returns nil if the table does not know it.
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

  /// Whether the table splits names without dots.
  var isSplitting: Bool { splitter != nil }

  /// The components of a name without dots; nil if the table does not know it.
  func split(_ component: Substring) -> [Substring]? { splitter?(component) }
}
