import PthBytes

/// The description of a program's arguments in torch.export's JSON: a string that holds JSON, in which the context of
/// a node may be a JSON string again.
///
/// PyTorch's `treespec_loads` imports the modules of a `defaultdict`'s factory and of an enum class by their names.
enum TreeSpecification {
  /// PyTorch writes two levels: the tree, and the contexts in it.
  private static let maximumDepth = 4

  private static let factories: Set<String> = [
    "int", "float", "str", "bool", "complex", "list", "dict", "set", "tuple", "frozenset", "bytes",
    "OrderedDict", "Counter", "deque",
  ]

  /// The first name that would be imported and is not one of Python's own containers or numbers; nil if there is none.
  /// A description that cannot be checked is returned as words.
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
    // A nested string with a brace need not be JSON (it may be a dict's key); then it is plain text.
    if !isWhole, depth == 0 { note("a description that cannot be parsed") }
    return found
  }
}
