import OrderedCollections

/// The values that loops, calls and displays take from a value.
extension Evaluator {
  /// Runs a loop's body for each value that the loop takes from a node; false if the values are not known or become
  /// unknown on the way, or if the body gives false.
  func each(
    of node: Node, _ range: Range<Int>, _ body: (Node) throws(ConfigError) -> Bool
  ) throws(ConfigError) -> Bool {
    if case .list = node.content {
      // As in Python, the loop sees what its body does to the list.
      var index = 0
      while let element = node.listElement(at: index) {
        try budget.step(source, range)
        guard try body(element) else { return false }
        index += 1
      }
      if case .list = node.content { return true }
      return false
    }
    let watch = Stream.watch(node)
    guard let rows = try iteration(node, range) else { return false }
    for (index, row) in rows.enumerated() {
      guard watch(index), try body(row) else { return false }
    }
    return watch(rows.count)
  }

  /// The values that a loop iterates over; nil if they are not known.
  ///
  /// - Throws: `ConfigError` if Python cannot iterate over the value.
  func iteration(_ node: Node, _ range: Range<Int>) throws(ConfigError) -> [Node]? {
    switch node.content {
    case .list(let elements), .tuple(let elements): return elements
    case .dictionary(let dictionary):
      var keys: [Node] = []
      for key in dictionary.entries.keys {
        guard let key = try self.node(of: key, range) else { return nil }
        keys.append(key)
      }
      return keys
    case .string(let text):
      try budget.claim(text.unicodeScalars.count, source, range)
      var characters: [Node] = []
      for scalar in text.unicodeScalars {
        characters.append(try self.node(.string(String(Character(scalar))), range))
      }
      return characters
    case .stream(let stream): return stream.take()
    case .none, .bool, .int, .float:
      throw error(range, "this value is not iterable")
    default: return nil
    }
  }

  func node(of key: NodeKey, _ range: Range<Int>) throws(ConfigError) -> Node? {
    switch key {
    case .string(let text): try node(.string(text), range)
    case .int(let value): try node(.int(value), range)
    case .float(let value): try node(.float(value), range)
    case .none: try node(.none, range)
    case .other: nil
    }
  }
}
