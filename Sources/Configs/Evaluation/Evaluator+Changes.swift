import OrderedCollections

/// Changes of values: by the rules of mmengine's dictionaries, and by code whose effect is not known.
extension Evaluator {
  /// A value as `ConfigDict` stores it: plain dictionaries become `ConfigDict`s, lists and tuples are copied.
  func hooked(_ value: Node, depth: Int = 0) throws(ConfigError) -> Node {
    try checkDepth(depth, value)
    let content: Node.Content
    switch value.content {
    case .dictionary(let dictionary):
      if dictionary.isConfig { return value }
      var copy = NodeDictionary(isConfig: true)
      copy.entries.reserveCapacity(dictionary.entries.count)
      for (key, entry) in dictionary.entries {
        var entry = entry
        entry.value = try hooked(entry.value, depth: depth + 1)
        copy.entries[key] = entry
      }
      content = .dictionary(copy)
    case .list(let elements), .tuple(let elements):
      var copies: [Node] = []
      copies.reserveCapacity(elements.count)
      for element in elements {
        copies.append(element.isScalar ? element : try hooked(element, depth: depth + 1))
      }
      if case .list = value.content { content = .list(copies) } else { content = .tuple(copies) }
    default: return value
    }
    let node = Node(content, value.source, value.range)
    try budget.keep(node)
    return node
  }

  /// A deep copy.
  func copied(_ value: Node, depth: Int = 0) throws(ConfigError) -> Node {
    try checkDepth(depth, value)
    let content: Node.Content
    switch value.content {
    case .dictionary(var dictionary):
      for (key, entry) in dictionary.entries where !entry.value.isScalar {
        dictionary.entries[key]!.value = try copied(entry.value, depth: depth + 1)
      }
      content = .dictionary(dictionary)
    case .list(var elements):
      for index in elements.indices where !elements[index].isScalar {
        elements[index] = try copied(elements[index], depth: depth + 1)
      }
      content = .list(elements)
    case .tuple(var elements):
      for index in elements.indices where !elements[index].isScalar {
        elements[index] = try copied(elements[index], depth: depth + 1)
      }
      content = .tuple(elements)
    default: return value
    }
    let node = Node(content, value.source, value.range)
    try budget.keep(node)
    return node
  }

  /// `target.update(other)`. `ConfigDict` merges dictionaries that both have, a plain dictionary replaces them.
  func update(
    _ target: Node, with other: Node, depth: Int = 0
  ) throws(ConfigError) {
    try checkDepth(depth, other)
    guard let new = other.dictionary, let old = target.dictionary else {
      return spoil(target, target.range)
    }
    try budget.claim(new.entries.count, source, other.range)
    for (key, entry) in new.entries {
      if old.isConfig, let inner = old.entries[key]?.value, inner.dictionary != nil,
        entry.value.dictionary != nil
      {
        try update(inner, with: entry.value, depth: depth + 1)
      } else {
        var entry = entry
        if old.isConfig { entry.value = try hooked(entry.value) }
        target.change { $0[key] = entry }
      }
    }
  }

  /// Makes a value that unknown code may have changed opaque, with all that can be reached through it, for all
  /// references to them.
  func spoil(_ node: Node, _ range: Range<Int>) {
    guard node.isReaching else { return }
    let unknown = Node.Content.opaque(source.excerpt(range))
    var rest = [node]
    // Tuples and functions stay what they are, so they could be visited without end.
    var seen: Set<ObjectIdentifier> = []
    while let node = rest.popLast() {
      switch node.content {
      case .list(let elements):
        rest += elements
        node.content = unknown
      case .dictionary(let dictionary):
        rest += dictionary.entries.values.map(\.value)
        node.content = unknown
      case .stream(let stream):
        rest += stream.rows + stream.sources
        node.content = unknown
      case .tuple(let elements):
        if seen.insert(ObjectIdentifier(node)).inserted { rest += elements }
      default:
        rest += node.held
        node.held = []
      }
    }
  }

  /// Notes that a value was stored in another, of which it is not known where or how: the other becomes opaque, and so
  /// does the value if the other is an object of unknown code.
  func absorb(_ value: Node, in container: Node, _ range: Range<Int>) {
    let isBuiltIn = container.elements != nil || container.dictionary != nil
    spoil(container, range)
    if !isBuiltIn { spoil(value, range) }
    if isBuiltIn, value.isReaching { container.held.append(value) }
    moment += 1
  }

  /// Makes everything opaque that a statement sets or changes, since it is not known whether or how often it runs.
  func cloud(_ statement: Statement) throws(ConfigError) {
    try cloud(CodeEffects([statement]), statement.range)
  }

  /// Makes everything opaque that expressions set or change, since it is not known whether or how often they are
  /// evaluated; gives the unknown value that they may result in.
  func cloud(_ expressions: [Expression], _ range: Range<Int>) throws(ConfigError) -> Node {
    try cloud(CodeEffects([], expressions), range)
  }

  @discardableResult
  private func cloud(_ effects: CodeEffects, _ range: Range<Int>) throws(ConfigError) -> Node {
    let unknown = try settle(effects, range)
    for name in effects.assigned.sorted() { define(name, unknown, range) }
    return unknown
  }

  /// Carries out what code may do except its own assignments, at once and whenever its functions run; gives a value
  /// that may hold whatever the code reads.
  func settle(_ effects: CodeEffects, _ range: Range<Int>) throws(ConfigError) -> Node {
    if effects.runsAnyCode { spoilAll(range) }
    if effects.isAliased {
      for node in operands[frame...] { spoil(node, range) }
    }
    for name in effects.changed.union(effects.changedLater) {
      if let node = lookup(name) { spoil(node, range) }
    }
    volatile.formUnion(effects.changedLater)
    reassigned.formUnion(effects.globals)
    let held = effects.heldLater.filter { lookup($0)?.isReaching ?? true }
      .subtracting(effects.changedLater)
    if !held.isEmpty {
      let unknown = exposure ?? Node(.opaque(""), source, range)
      for name in held.subtracting(exposed) {
        if let node = lookup(name), node.isReaching { unknown.held.append(node) }
      }
      if exposure == nil {
        exposure = unknown
        try budget.keep(unknown)
      }
      exposed.formUnion(held)
    }
    for name in effects.globals.sorted() {
      let none = Node(.none, source, range)
      define(name, names[.string(name)]?.value ?? none, range)
    }
    for name in effects.mentioned.union(effects.assigned) { push(lookup(name)) }
    return try opaque(range)
  }

  /// Makes all values opaque, after a call such as `exec` that may change anything.
  func spoilAll(_ range: Range<Int>) {
    hasUnknownNames = true
    hasUnknownCode = true
    let unknown = Node(.opaque(source.excerpt(range)), source, range)
    for (key, entry) in names {
      // An empty `_base_` entry is kept, since there are no bases that could change.
      if key == .string("_base_"), entry.value.dictionary?.entries.isEmpty == true { continue }
      spoil(entry.value, range)
      if entry.value.isScalar { names[key]!.value = unknown }
    }
  }
}
