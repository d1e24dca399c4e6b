import PthBytes

/// The description of a program's arguments in torch.export's JSON: a text that is JSON again, and so
/// may be the context of each node in it. PyTorch's `treespec_loads` imports the module of a
/// `defaultdict`'s factory and of an enumeration's class by their names.
enum TreeSpecification {
  /// PyTorch writes two levels: the tree, and contexts in it.
  private static let maximumDepth = 4

  private static let factories: Set<String> = [
    "int", "float", "str", "bool", "complex", "list", "dict", "set", "tuple", "frozenset", "bytes",
    "OrderedDict", "Counter", "deque",
  ]

  /// The first name that would be imported and is not one of Python's own containers or numbers; nil
  /// if there is none.
  static func importedName(in text: String, depth: Int = 0) -> String? {
    guard depth < maximumDepth else { return "a description nested too deeply" }
    var found: String?
    func note(_ name: String) { found = found ?? name }
    let isWhole = JSONStrings.forEach(in: Bytes(Array(text.utf8))) { key in
      if key == "__enum__" { note("an enumeration") }
    } _: { key, value in
      switch key {
      case "fqn": note(value)
      case "default_factory_module" where !["builtins", "collections"].contains(value): note(value)
      case "default_factory_name" where !factories.contains(value): note(value)
      default:
        if value.contains(where: { "{[".contains($0) }),
          let name = importedName(in: value, depth: depth + 1)
        {
          note(name)
        }
      }
    }
    // A text with a brace may be no JSON, such as a key of a dict: it stays a text then.
    if !isWhole, depth == 0 { note("a description that cannot be parsed") }
    return found
  }
}
