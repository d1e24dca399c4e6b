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

  /// What stops a description from being known to be harmless.
  enum Obstacle: Equatable {
    /// A name that would be imported and is not one of Python's own containers or numbers.
    case imports(String)
    case enumeration
    case tooDeep
    case unparsable

    /// The finding about the file that has the description.
    var text: String {
      switch self {
      case .imports(let name):
        "describes arguments by '\(name.prefix(60))', which torch.export.load imports"
      case .enumeration:
        "describes arguments by an enumeration, whose class torch.export.load imports"
      case .tooDeep: "describes arguments in JSON that is nested too deeply to be judged"
      case .unparsable: "describes arguments in JSON that cannot be parsed to its end"
      }
    }
  }

  /// The first obstacle in a description; nil if there is none.
  static func obstacle(in text: String, depth: Int = 0) -> Obstacle? {
    guard depth < maximumDepth else { return .tooDeep }
    var found: Obstacle?
    func note(_ obstacle: Obstacle) { found = found ?? obstacle }
    let isWhole = JSONStrings.forEach(in: Bytes(Array(text.utf8))) { key in
      if key == "__enum__" { note(.enumeration) }
    } _: { key, value in
      switch key {
      case "fqn": note(.imports(value))
      case "default_factory_module" where !["builtins", "collections"].contains(value):
        note(.imports(value))
      case "default_factory_name" where !factories.contains(value): note(.imports(value))
      default:
        if value.contains(where: { "{[".contains($0) }),
          let inner = obstacle(in: value, depth: depth + 1)
        {
          note(inner)
        }
      }
    }
    // A nested string with a brace need not be JSON (it may be a dict's key); then it is plain text.
    if !isWhole, depth == 0 { note(.unparsable) }
    return found
  }
}
