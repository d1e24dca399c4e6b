/// What the implementations of an architecture call its parts.
public struct RenamingTables: Sendable, Hashable {
  /// In the order in which they are used.
  let tables: [RenamingTable]
  /// Words with which a key may begin that a table renames.
  private let firstComponents: Set<Substring>
  /// Words with which the rules begin that may match in the middle of a key.
  private let innerComponents: Set<Substring>
  /// Whether a canonical name, without any prefix, is one that only this architecture's tensors
  /// have, so that it shows where a network sits.
  let isTelling: @Sendable (_ name: String) -> Bool
  /// With which words telling names begin.
  private let tellingComponents: Set<Substring>
  /// Stands for `isTelling`, which cannot be compared.
  private let identity = Identity()

  private final class Identity: Sendable {}

  /// - Parameters:
  ///   - tables: in the order in which they are used.
  ///   - tellingComponents: first words of canonical names that may be telling.
  ///   - isTelling: whether such a name shows where a network sits.
  public init(
    _ tables: [RenamingTable] = [], tellingComponents: Set<Substring> = [],
    isTelling: @escaping @Sendable (_ name: String) -> Bool = { _ in false }
  ) {
    self.tables = tables
    self.tellingComponents = tellingComponents
    self.isTelling = isTelling
    firstComponents = Set(tables.flatMap(\.firstComponents))
    innerComponents = Set(tables.filter(\.isAnywhere).flatMap(\.firstComponents))
  }

  /// More words than a telling name has in any implementation.
  private static let longestName = 16

  /// What stands before a telling name in a key; nil if there is none in it.
  ///
  /// - Complexity: O(length of the key).
  func prefix(of key: String) -> Substring? {
    let components = key.keyComponents
    let start = max(components.count - Self.longestName, 0)
    for (position, component) in components.enumerated().dropFirst(start)
    where tellingComponents.contains(component)
      || mayRename(first: component, isOnly: position + 1 == components.count)
    {
      if isTelling(CanonicalName(Array(components[position...]), names: self).name) {
        return key[..<component.startIndex]
      }
    }
    return nil
  }

  /// Whether a table may rename keys that begin with the component.
  ///
  /// - Parameter isOnly: whether nothing follows it: only names of one word are taken apart.
  package func mayRename(first component: Substring, isOnly: Bool) -> Bool {
    firstComponents.contains(component) || isOnly && tables.contains { $0.splits(component) }
  }

  /// Whether a table may rename the key: a quick no for most.
  func mayRename(_ components: [Substring]) -> Bool {
    guard let first = components.first else { return false }
    return mayRename(first: first, isOnly: components.count == 1)
      || components.contains(where: innerComponents.contains)
  }

  /// Whether both read every key alike. Of those that find telling names only copies are equal.
  public static func == (left: RenamingTables, right: RenamingTables) -> Bool {
    left.tables.map(\.name) == right.tables.map(\.name)
      && left.tellingComponents == right.tellingComponents
      && (left.tellingComponents.isEmpty || left.identity === right.identity)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(tables.map(\.name)) }
}
