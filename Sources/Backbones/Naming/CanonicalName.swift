/// A key's canonical name, and the tables that renamed it.
package struct CanonicalName: Hashable {
  package let name: String
  /// Names of the tables.
  package let tables: [String]

  /// - Parameters:
  ///   - key: the key without any prefix.
  ///   - names: the architecture's tables.
  ///   - contains: whether the file has this key under the same prefix, for tables with required keys.
  /// - Complexity: O(length of the key), and O(tables) if one of them renames it.
  package init(
    _ key: Substring, names: RenamingTables, contains: (String) -> Bool = { _ in false }
  ) {
    if let renamed = names.apply(to: key, contains: contains) {
      name = renamed.components.joined(separator: ".")
      tables = renamed.tables
    } else {
      name = String(key)
      tables = []
    }
  }
}
