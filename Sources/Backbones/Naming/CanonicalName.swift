/// A key under its canonical name, and the tables that took part.
package struct CanonicalName: Hashable {
  package let name: String
  /// Names of the tables.
  package let tables: [String]

  /// - Parameters:
  ///   - key: without any prefix.
  ///   - names: the architecture's tables.
  ///   - contains: whether there is a key of this name beside it, for tables that ask for one.
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
