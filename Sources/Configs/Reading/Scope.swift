import OrderedCollections

/// Adds `_scope_` to the values of another package's configuration, so that the package's registry builds them.
enum Scope {
  static func put(
    _ scope: String, on values: inout ConfigReader.Values, _ source: SourceText,
    _ evaluator: Evaluator
  ) throws(ConfigError) {
    for (key, entry) in values {
      values[key]!.value = try marked(entry.value, scope, evaluator)
    }
  }

  /// The value with `_scope_` in its outermost dictionaries that have a `type`, as in mmengine.
  private static func marked(
    _ value: Node, _ scope: String, _ evaluator: Evaluator, depth: Int = 0
  ) throws(ConfigError) -> Node {
    try evaluator.checkDepth(depth, value)
    let content: Node.Content
    switch value.content {
    case .dictionary(var dictionary):
      if dictionary.entries[.string("type")] != nil {
        if dictionary.entries[.string("_scope_")] == nil {
          dictionary.entries[.string("_scope_")] = NodeDictionary.Entry(
            value: Node(.string(scope), value.source, value.range), source: value.source,
            range: value.range)
        }
      } else {
        for (key, entry) in dictionary.entries {
          dictionary.entries[key]!.value = try marked(
            entry.value, scope, evaluator, depth: depth + 1)
        }
      }
      content = .dictionary(dictionary)
    case .list(let elements), .tuple(let elements):
      var new: [Node] = []
      for element in elements {
        new.append(try marked(element, scope, evaluator, depth: depth + 1))
      }
      if case .list = value.content { content = .list(new) } else { content = .tuple(new) }
    default: return value
    }
    let node = Node(content, value.source, value.range)
    try evaluator.budget.keep(node)
    return node
  }
}
