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

  /// Makes a value that unknown code may have changed opaque, for all references to it.
  func spoil(_ node: Node, _ range: Range<Int>) {
    switch node.content {
    case .list, .dictionary: node.content = .opaque(source.excerpt(range))
    case .tuple(let elements):
      for element in elements { spoil(element, range) }
    default: break
    }
  }

  /// Makes everything opaque that statements set or change, since it is not known whether or how often they run.
  func cloud(_ statements: [Statement], _ range: Range<Int>) throws(ConfigError) {
    var finder = ChangeFinder()
    finder.visit(statements)
    for name in finder.changed {
      if let node = lookup(name) { spoil(node, range) }
    }
    for name in finder.assigned.union(finder.globals).sorted() {
      define(name, try opaque(range), range)
    }
    if finder.callsUnknown { spoilAll(range) }
  }

  /// Makes everything opaque that a call of a function of the file may change: its arguments, and what the body of any
  /// function of the file changes.
  func cloudCall(of arguments: [Node], _ range: Range<Int>) throws(ConfigError) {
    for argument in arguments { spoil(argument, range) }
    var finder = ChangeFinder()
    for entry in names.values {
      if case .function(_, let body) = entry.value.content { finder.visit(body) }
    }
    for name in finder.changed {
      if let node = names[.string(name)]?.value { spoil(node, range) }
    }
    for name in finder.globals.sorted() { define(name, try opaque(range), range) }
    if finder.callsUnknown { spoilAll(range) }
  }

  /// Makes all values opaque, after a call such as `exec` that may change anything.
  func spoilAll(_ range: Range<Int>) {
    hasUnknownNames = true
    let unknown = Node(.opaque(source.excerpt(range)), source, range)
    for (key, entry) in names {
      // An empty `_base_` entry is kept, since there are no bases that could change.
      if key == .string("_base_"), entry.value.dictionary?.entries.isEmpty == true { continue }
      spoil(entry.value, range)
      if entry.value.isScalar { names[key]!.value = unknown }
    }
  }
}

/// Finds the names that statements assign, and the names whose values they may change in place.
struct ChangeFinder {
  var assigned: Set<String> = []
  var changed: Set<String> = []
  var globals: Set<String> = []
  /// Whether a call such as `exec` may define any name.
  var callsUnknown = false

  mutating func visit(_ statements: [Statement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ statement: Statement) {
    switch statement.kind {
    case .assign(let targets, let value):
      for target in targets { store(target) }
      visit(value)
    case .augmented(let target, _, let value):
      store(target)
      if let name = Self.root(target) { changed.insert(name) }
      visit(value)
    case .delete(let targets):
      for target in targets { store(target) }
    case .expression(let expression): visit(expression)
    case .importModules(let modules):
      for (module, alias) in modules {
        assigned.insert(alias ?? String(module.prefix { $0 != "." }))
      }
    case .importNames(_, _, let names):
      for (name, alias) in names ?? [] { assigned.insert(alias ?? name) }
      if names == nil { callsUnknown = true }
    case .choice(let branches, let otherwise):
      for branch in branches {
        visit(branch.condition)
        visit(branch.body)
      }
      visit(otherwise)
    case .loop(let target, let values, let body, let otherwise):
      store(target)
      visit(values)
      visit(body)
      visit(otherwise)
    case .bases(let body): visit(body)
    case .function(let name, _): assigned.insert(name)
    case .opaque(let names, let body):
      assigned.formUnion(names)
      visit(body)
    case .global(let names): globals.formUnion(names)
    case .jump, .nothing: break
    }
  }

  private mutating func store(_ target: Expression) {
    switch target.kind {
    case .name(let name): assigned.insert(name)
    case .tuple(let elements), .list(let elements):
      for element in elements { store(element.value) }
    default:
      if let name = Self.root(target) { changed.insert(name) }
      visit(target)
    }
  }

  /// The name at the beginning of an expression: `a` in `a.b[0]`.
  private static func root(_ expression: Expression) -> String? {
    switch expression.kind {
    case .name(let name): name
    case .trailers(let base, _): root(base)
    default: nil
    }
  }

  private mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .constant, .name, .unknown: break
    case .format(let parts):
      for case .value(let value, _, _) in parts { visit(value) }
    case .list(let elements), .tuple(let elements), .set(let elements):
      for element in elements { visit(element.value) }
    case .dictionary(let pairs):
      for pair in pairs {
        if let key = pair.key { visit(key) }
        visit(pair.value)
      }
    case .comprehension(let comprehension):
      visit(comprehension.element)
      for clause in comprehension.clauses {
        visit(clause.values)
        for condition in clause.conditions { visit(condition) }
      }
    case .trailers(let base, let trailers):
      visit(base)
      for trailer in trailers {
        switch trailer.kind {
        case .call(let arguments):
          // The method may change its object, and the function its arguments.
          if let name = Self.root(base) { changed.insert(name) }
          if ["exec", "eval", "globals", "locals", "vars", "setattr"].contains(Self.root(base)) {
            callsUnknown = true
          }
          for argument in arguments {
            if let name = Self.root(argument.value) { changed.insert(name) }
            visit(argument.value)
          }
        case .subscript_(let index): visit(index)
        default: break
        }
      }
    case .unary(_, let operand): visit(operand)
    case .chain(let first, let rest):
      visit(first)
      for (_, operand) in rest { visit(operand) }
    case .comparison(let first, let rest):
      visit(first)
      for (_, operand) in rest { visit(operand) }
    case .all(let operands), .any(let operands):
      for operand in operands { visit(operand) }
    case .conditional(let condition, let then, let otherwise):
      visit(condition)
      visit(then)
      visit(otherwise)
    case .named(let name, let value):
      assigned.insert(name)
      visit(value)
    }
  }
}
