/// A key under its canonical name, and the tables that took part.
package struct CanonicalName: Hashable {
  package let name: String
  /// Names of the tables.
  package let tables: [String]

  /// - Parameters:
  ///   - components: the key's words between the dots, without any prefix.
  ///   - names: the architecture's tables.
  ///   - contains: whether there is a key of this name beside it, for tables that ask for one.
  /// - Complexity: O(tables + components).
  package init(
    _ components: [Substring], names: RenamingTables, contains: (String) -> Bool = { _ in false }
  ) {
    var renamed = components
    var tables: [String] = []
    for table in names.mayRename(components) ? names.tables : [] {
      guard let next = table.apply(to: renamed), table.requiredKeys.allSatisfy(contains) else {
        continue
      }
      renamed = next
      tables.append(table.name)
    }
    // Most names are canonical as they are: the words still stand side by side in the key.
    if tables.isEmpty, let first = components.first, let last = components.last {
      name = String(first.base[first.startIndex..<last.endIndex])
    } else {
      name = renamed.joined(separator: ".")
    }
    self.tables = tables
  }
}
