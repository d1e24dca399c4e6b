import OrderedCollections

/// Converts the nodes of the evaluation to ``ConfigValue``.
struct ConfigConverter {
  let source: SourceText
  private var count = 0

  init(source: SourceText) {
    self.source = source
  }

  mutating func dictionary(
    _ entries: ConfigReader.Values, depth: Int = 0
  ) throws(ConfigError) -> ConfigDictionary {
    var result: OrderedDictionary<String, ConfigDictionary.Entry> = [:]
    result.reserveCapacity(entries.count)
    for (key, entry) in entries {
      result[key.text] = ConfigDictionary.Entry(
        try value(entry.value, depth: depth + 1), at: entry.source.location(entry.range))
    }
    return ConfigDictionary(result)
  }

  private mutating func value(_ node: Node, depth: Int) throws(ConfigError) -> ConfigValue {
    count += 1
    // Shared values count at each visit, since lists that repeatedly contain another one twice grow exponentially.
    guard count <= ConfigLimits.values, depth <= ConfigLimits.valueDepth else {
      throw node.source.error(
        at: node.range.lowerBound,
        depth > ConfigLimits.valueDepth
          ? "values are nested more than \(ConfigLimits.valueDepth) deep, or contain themselves"
          : "the configuration has more than \(ConfigLimits.values) values")
    }
    let content: ConfigValue.Content
    switch node.content {
    case .none: content = .none
    case .bool(let value): content = .bool(value)
    case .int(let value): content = .int(value)
    case .float(let value): content = .float(value)
    case .string(let text): content = .string(text)
    case .list(let elements): content = .list(try values(elements, depth: depth))
    case .tuple(let elements): content = .tuple(try values(elements, depth: depth))
    case .dictionary(let dictionary):
      let known = try self.dictionary(dictionary.entries, depth: depth)
      // In Python, 1 and '1' are two keys, and so are texts that only look the same.
      content =
        known.entries.count == dictionary.entries.count
        ? .dictionary(known) : .opaque(node.source.excerpt(node.range))
    case .opaque(let text), .imported(let text), .module(let text): content = .opaque(text)
    case .function(let name): content = .opaque(name)
    case .stream: content = .opaque(node.source.excerpt(node.range))
    }
    return ConfigValue(content, at: node.source.location(node.range))
  }

  private mutating func values(
    _ nodes: [Node], depth: Int
  ) throws(ConfigError) -> [ConfigValue] {
    var result: [ConfigValue] = []
    result.reserveCapacity(nodes.count)
    for node in nodes { result.append(try value(node, depth: depth + 1)) }
    return result
  }
}
