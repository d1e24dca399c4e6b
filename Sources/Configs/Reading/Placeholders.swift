import OrderedCollections

/// Replaces `{{ _base_.name }}` by the values of the bases.
struct Placeholders {
  let base: Node
  let evaluator: Evaluator

  func resolved(_ value: Node, depth: Int = 0) throws(ConfigError) -> Node {
    try evaluator.checkDepth(depth, value)
    // Each visit is a step of the budget, since shared values are visited once for each reference.
    try evaluator.budget.step(value.source, value.range)
    switch value.content {
    case .string(let text):
      guard let name = Template.baseName(text) else {
        // Inside a longer text mmengine leaves a random identifier, so the value is not known.
        guard PythonText.contains(text, Template.mark + "base:") else { return value }
        return try evaluator.opaque(value.range)
      }
      return try self.value(of: name, value)
    case .list(let elements), .tuple(let elements):
      var changed: [Node]?
      for (index, element) in elements.enumerated() where mayChange(element) {
        let new = try resolved(element, depth: depth + 1)
        guard new !== element else { continue }
        if changed == nil { changed = elements }
        changed![index] = new
      }
      guard let changed else { return value }
      if case .list = value.content { return replaced(value, .list(changed)) }
      return replaced(value, .tuple(changed))
    case .dictionary(let dictionary):
      var changed: NodeDictionary?
      for (key, entry) in dictionary.entries where mayChange(entry.value) {
        let new = try resolved(entry.value, depth: depth + 1)
        guard new !== entry.value else { continue }
        if changed == nil { changed = dictionary }
        changed!.entries[key]!.value = new
      }
      guard let changed else { return value }
      return replaced(value, .dictionary(changed))
    default: return value
    }
  }

  private func mayChange(_ node: Node) -> Bool {
    switch node.content {
    case .string(let text): text.utf8.contains(1)
    case .list, .tuple, .dictionary: true
    default: false
    }
  }

  private func replaced(_ value: Node, _ content: Node.Content) -> Node {
    Node(content, value.source, value.range)
  }

  private func value(of name: String, _ place: Node) throws(ConfigError) -> Node {
    var value = base
    for part in name.split(separator: ".", omittingEmptySubsequences: false) {
      if value.isOpaque { return try evaluator.opaque(place.range) }
      guard let next = value.dictionary?.entries[.string(String(part))]?.value else {
        throw place.source.error(
          at: place.range.lowerBound, "the bases have no '\(name)'")
      }
      value = next
    }
    return value
  }
}
