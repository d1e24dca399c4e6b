/// Leaves with dotted names, arranged as a tree of modules.
final class NameTree<Leaf> {
  let name: String
  /// The leaves that lie directly in this module.
  private(set) var leaves: [(name: String, leaf: Leaf)] = []
  private(set) var children: [NameTree] = []
  private var childByName: [String: NameTree] = [:]

  private init(name: String) { self.name = name }

  convenience init(_ items: some Sequence<(name: String, leaf: Leaf)>) {
    self.init(name: "")
    for (name, leaf) in items {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      // No real module is nested so deep; a name that is only dots must not build a tree that overflows the stack.
      let path = parts.count > 64 ? [name] : parts
      var node = self
      for part in path.dropLast() { node = node.child(part) }
      node.leaves.append((path.last ?? "", leaf))
    }
    sortNumbers()
  }

  /// Sorts children that are all numbered by their numbers; other children keep the order of the items.
  private func sortNumbers() {
    if children.allSatisfy({ Int($0.name) != nil }) {
      children.sort { (Int($0.name) ?? 0) < (Int($1.name) ?? 0) }
    }
    for child in children { child.sortNumbers() }
  }

  private func child(_ name: String) -> NameTree {
    if let known = childByName[name] { return known }
    let made = NameTree(name: name)
    children.append(made)
    childByName[name] = made
    return made
  }

  /// All leaves below this module, depth first.
  var all: [Leaf] { leaves.map(\.leaf) + children.flatMap(\.all) }
}
