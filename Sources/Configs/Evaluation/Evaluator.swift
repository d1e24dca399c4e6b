import OrderedCollections

/// Evaluates the statements of one file.
///
/// Nothing is executed: operations on Python's built-in values are computed here, and everything else is opaque. An
/// operation that Python would refuse (an undefined name, a missing key) is an error, unless opaque code before it may
/// have changed its operands.
final class Evaluator {
  let source: SourceText
  let budget: Budget
  var names: OrderedDictionary<NodeKey, NodeDictionary.Entry> = [:]
  /// The variables of the comprehensions being evaluated, the innermost last.
  var scopes: [[String: Node]] = []
  /// Whether a skipped statement could have defined any name.
  var hasUnknownNames = false
  /// Imported names, which are not part of the configuration.
  var importedNames: Set<String> = []
  let isLazy: Bool
  /// Python's own modules that the file imports.
  var modules: Set<String> = []

  init(_ source: SourceText, budget: Budget, isLazy: Bool) {
    self.source = source
    self.budget = budget
    self.isLazy = isLazy
  }

  // MARK: Making values

  func node(_ content: Node.Content, _ range: Range<Int>) throws(ConfigError) -> Node {
    let node = Node(content, source, range)
    try budget.keep(node)
    return node
  }

  func opaque(_ range: Range<Int>) throws(ConfigError) -> Node {
    try node(.opaque(source.excerpt(range)), range)
  }

  func error(_ range: Range<Int>, _ reason: String) -> ConfigError {
    source.error(at: range.lowerBound, reason)
  }

  // MARK: Names

  func lookup(_ name: String) -> Node? {
    for scope in scopes.reversed() {
      if let node = scope[name] { return node }
    }
    return names[.string(name)]?.value
  }

  func define(_ name: String, _ value: Node, _ range: Range<Int>) {
    // As in Python, a name that is assigned again keeps its position.
    names[.string(name)] = NodeDictionary.Entry(value: value, source: source, range: range)
  }

  // MARK: Statements

  func run(_ statements: [Statement]) throws(ConfigError) {
    for statement in statements { try run(statement) }
  }

  private func run(_ statement: Statement) throws(ConfigError) {
    try budget.step(source, statement.range)
    switch statement.kind {
    case .assign(let targets, let value):
      let isBase = targets.first.map { target in
        if case .name("_base_") = target.kind { return true }
        return false
      }
      // mmengine removes the assignment of `_base_` before it runs the file.
      if isBase == true, !isLazy { return }
      let node = try evaluate(value)
      for target in targets { try assign(node, to: target, statement.range) }
    case .augmented(let target, let operation, let value):
      try augment(target, operation, value, statement.range)
    case .delete(let targets):
      for target in targets { try delete(target) }
    case .expression(let expression): _ = try evaluate(expression)
    case .importModules(let modules):
      for (module, alias) in modules { try importModule(module, alias, statement.range) }
    case .importNames(let level, let module, let imported):
      try importNames(level, module, imported, statement.range)
    case .choice(let branches, let otherwise):
      for (index, branch) in branches.enumerated() {
        guard let isTrue = truth(of: try evaluate(branch.condition)) else {
          try cloud(branches[index...].flatMap(\.body) + otherwise, statement.range)
          return
        }
        if isTrue { return try run(branch.body) }
      }
      try run(otherwise)
    case .loop(let target, let values, let body, let otherwise):
      let iterated = try evaluate(values)
      guard !Self.jumps(body), let elements = try iteration(iterated, values.range) else {
        try cloud([statement], statement.range)
        return
      }
      for element in elements {
        try assign(element, to: target, target.range)
        try run(body)
      }
      try run(otherwise)
    case .bases: break
    case .function(let name, let body):
      define(name, try node(.function(name, body: body), statement.range), statement.range)
    case .opaque: try cloud([statement], statement.range)
    case .jump, .global, .nothing: break
    }
  }

  private static func jumps(_ statements: [Statement]) -> Bool {
    statements.contains { statement in
      switch statement.kind {
      case .jump: true
      case .choice(let branches, let otherwise):
        branches.contains { jumps($0.body) } || jumps(otherwise)
      case .loop(_, _, let body, let otherwise): jumps(body) || jumps(otherwise)
      default: false
      }
    }
  }

  // MARK: Assignment

  func assign(
    _ value: Node, to target: Expression, _ range: Range<Int>
  ) throws(ConfigError) {
    switch target.kind {
    case .name(let name):
      if scopes.isEmpty {
        define(name, value, range)
      } else {
        scopes[scopes.count - 1][name] = value
      }
    case .tuple(let targets), .list(let targets):
      guard !targets.contains(where: \.isStarred),
        let elements = try iteration(value, range)
      else {
        for target in targets { try assign(try opaque(range), to: target.value, range) }
        return
      }
      guard elements.count == targets.count else {
        throw error(
          range, "\(elements.count) values cannot be given to \(targets.count) names")
      }
      for (target, element) in zip(targets, elements) {
        try assign(element, to: target.value, range)
      }
    case .trailers(let base, let trailers):
      let container = try evaluate(base, trailers.dropLast())
      try store(value, in: container, at: trailers.last!, range)
    default: throw error(target.range, "nothing can be assigned to this")
    }
  }

  /// `container.name = value` and `container[key] = value`.
  private func store(
    _ value: Node, in container: Node, at trailer: Expression.Trailer, _ range: Range<Int>
  ) throws(ConfigError) {
    let key: Node
    switch trailer.kind {
    case .attribute(let name):
      guard case .dictionary(let dictionary) = container.content else {
        return spoil(container, range)
      }
      guard dictionary.isConfig else {
        throw error(range, "a plain dict has no attributes to set; write ['\(name)'] = …")
      }
      key = try node(.string(name), range)
    case .subscript_(let index): key = try evaluate(index)
    case .slice, .call:
      return spoil(container, range)
    }
    switch container.content {
    case .dictionary(let dictionary):
      guard let key = NodeKey(key) else { return spoil(container, range) }
      let value = dictionary.isConfig ? try hooked(value) : value
      container.change {
        $0[key] = NodeDictionary.Entry(value: value, source: source, range: range)
      }
    case .list(let elements):
      guard case .int(let index) = key.content else { return spoil(container, range) }
      let place = index < 0 ? index + elements.count : index
      guard elements.indices.contains(place) else {
        throw error(range, "the list has \(elements.count) elements and none at \(index)")
      }
      container.changeList { $0[place] = value }
    default: spoil(container, range)
    }
  }

  private func augment(
    _ target: Expression, _ operation: Expression.BinaryOperator, _ value: Expression,
    _ range: Range<Int>
  ) throws(ConfigError) {
    let old = try evaluate(target)
    let new = try evaluate(value)
    // `+=` extends a list in place, so other references to the list see the change.
    if operation == .add, case .list = old.content {
      guard let elements = try iteration(new, range) else { return spoil(old, range) }
      try budget.claim(elements.count, source, range)
      old.changeList { $0 += elements }
      return try assign(old, to: target, range)
    }
    if operation == .or, case .dictionary = old.content, case .dictionary = new.content {
      try update(old, with: new)
      return
    }
    try assign(try combine(old, operation, new, range), to: target, range)
  }

  private func delete(_ target: Expression) throws(ConfigError) {
    switch target.kind {
    case .name(let name):
      if names.removeValue(forKey: .string(name)) == nil, !hasUnknownNames {
        throw error(target.range, "'\(name)' is not defined, so it cannot be deleted")
      }
    case .tuple(let elements):
      for element in elements { try delete(element.value) }
    case .trailers(let base, let trailers):
      let container = try evaluate(base, trailers.dropLast())
      let key: Node
      switch trailers.last!.kind {
      case .attribute(let name): key = try node(.string(name), target.range)
      case .subscript_(let index): key = try evaluate(index)
      case .slice, .call: return spoil(container, target.range)
      }
      switch container.content {
      case .dictionary(let dictionary):
        guard let key = NodeKey(key) else { return spoil(container, target.range) }
        guard dictionary.entries[key] != nil else {
          throw error(target.range, "there is no '\(key.text)' to delete")
        }
        container.change { $0.removeValue(forKey: key) }
      case .list(let elements):
        guard case .int(let index) = key.content else { return spoil(container, target.range) }
        let place = index < 0 ? index + elements.count : index
        guard elements.indices.contains(place) else {
          throw error(target.range, "the list has no element at \(index)")
        }
        container.changeList { $0.remove(at: place) }
      default: spoil(container, target.range)
      }
    default: throw error(target.range, "this cannot be deleted")
    }
  }

  // MARK: Imports

  private func importModule(
    _ module: String, _ alias: String?, _ range: Range<Int>
  ) throws(ConfigError) {
    let first = String(module.prefix { $0 != "." })
    let isPythons = PythonModules.contains(module)
    let name = alias ?? first
    importedNames.insert(name)
    let content: Node.Content =
      isPythons ? .module(alias == nil ? first : module) : .imported(alias == nil ? first : module)
    if case .module(let full) = content { modules.insert(full) }
    define(name, try node(content, range), range)
  }

  private func importNames(
    _ level: Int, _ module: String, _ imported: [(name: String, alias: String?)]?,
    _ range: Range<Int>
  ) throws(ConfigError) {
    guard let imported else {
      throw error(range, "everything can be imported only under 'with read_base():'")
    }
    let full = String(repeating: ".", count: level) + module
    for (name, alias) in imported {
      importedNames.insert(alias ?? name)
      let content: Node.Content =
        PythonModules.contains(full)
        ? .module("\(module).\(name)") : .imported("\(full).\(name)")
      define(alias ?? name, try node(content, range), range)
    }
  }
}
