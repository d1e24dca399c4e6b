/// A key under its canonical name, and the tables that took part.
struct CanonicalName: Hashable {
  let name: String
  let tables: [String]

  /// - Parameters:
  ///   - components: the key's words between the dots, without any prefix.
  ///   - contains: whether there is a key of this name beside it, for tables that ask for one.
  /// - Complexity: O(tables + components).
  init(_ components: [Substring], contains: (String) -> Bool = { _ in false }) {
    var renamed = components
    var tables: [String] = []
    for table in RenamingTable.all {
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

  /// Words with which a key may begin that a table renames.
  static let firstComponents = Set(RenamingTable.all.flatMap(\.firstComponents))
}
