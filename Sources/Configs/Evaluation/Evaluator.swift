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

  /// The lists and dictionaries that the statement or expression being evaluated has read so far, since the last
  /// `frame`: an unknown value that it gives may be or hold any of these.
  var operands: [Node] = []
  var frame = 0
  /// Names that code which may run at any time changes in place: functions, generators.
  var volatile: Set<String> = []
  /// Names that such code assigns.
  var reassigned: Set<String> = []
  /// Names that such code reads, and an unknown value that stands for what they refer to.
  var exposed: Set<String> = []
  var exposure: Node?
  /// Whether the file ran code that is not in it, so that a call of anything unknown may change anything.
  var hasUnknownCode = false
  /// Counts statements and changes: what a generator gives is only known before the next one.
  var moment = 0

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
    let node = Node(.opaque(source.excerpt(range)), source, range)
    node.held = Array(operands[frame...])
    if let exposure { node.held.append(exposure) }
    // The new value stands for its operands, so that a long chain of unknown values takes linear memory.
    if node.isReaching { operands.replaceSubrange(frame..., with: [node]) }
    try budget.keep(node)
    return node
  }

  /// Notes that an unknown value made here may be or hold a value.
  func push(_ node: Node?) {
    if let node, node.isReaching { operands.append(node) }
  }

  /// Runs a part of the evaluation with operands of its own.
  func framed<Result>(_ body: () throws(ConfigError) -> Result) throws(ConfigError) -> Result {
    let outer = frame
    frame = operands.count
    defer {
      operands.removeSubrange(min(frame, operands.count)...)
      frame = outer
    }
    return try body()
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
    var value = value
    if volatile.contains(name) { spoil(value, range) }
    if reassigned.contains(name) {
      // The name may have this value or one that a function gave it.
      let unknown = Node(.opaque(source.excerpt(range)), source, range)
      unknown.held = [value, exposure].compactMap { $0 }
      budget.keep(unknown: unknown)
      value = unknown
    }
    if exposed.contains(name), value.isReaching { exposure?.held.append(value) }
    moment += 1
    // As in Python, a name that is assigned again keeps its position.
    names[.string(name)] = NodeDictionary.Entry(value: value, source: source, range: range)
  }

  // MARK: Statements

  func run(_ statements: [Statement]) throws(ConfigError) {
    for statement in statements { try run(statement) }
  }

  private func run(_ statement: Statement) throws(ConfigError) {
    moment += 1
    try budget.step(source, statement.range)
    try framed { () throws(ConfigError) in try perform(statement) }
  }

  private func perform(_ statement: Statement) throws(ConfigError) {
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
          let rest = Statement.Kind.choice(Array(branches[index...]), otherwise: otherwise)
          return try cloud(Statement(kind: rest, range: statement.range))
        }
        if isTrue { return try run(branch.body) }
      }
      try run(otherwise)
    case .loop(let target, let values, let body, let otherwise):
      let iterated = try evaluate(values)
      guard !Self.jumps(body),
        try each(
          of: iterated, values.range,
          { element throws(ConfigError) in
            try assign(element, to: target, target.range)
            try run(body)
            return true
          })
      else { return try cloud(statement) }
      try run(otherwise)
    case .bases: break
    case .function(let name, let function):
      for value in function.values { push(try evaluate(value)) }
      _ = try settle(CodeEffects([statement]), statement.range)
      let value =
        function.isDecorated
        ? try opaque(statement.range) : try node(.function(name), statement.range)
      define(name, value, statement.range)
    case .type(let name, let header, _):
      for value in header { push(try evaluate(value)) }
      define(name, try settle(CodeEffects([statement]), statement.range), statement.range)
    case .opaque: try cloud(statement)
    case .assertion(let condition):
      if truth(of: try evaluate(condition)) == false {
        throw error(statement.range, "the file stops here: this assertion does not hold")
      }
    case .jump:
      throw error(
        statement.range, "the file stops here: \(source.excerpt(statement.range).prefix(60))")
    case .global, .nothing: break
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
        push(value)
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
      guard let key = try key(of: trailers.last!, range) else {
        return absorb(value, in: container, range)
      }
      try store(value, in: container, at: key, trailers.last!, range)
    default: throw error(target.range, "nothing can be assigned to this")
    }
  }

  /// The key of `container.name` or `container[key]`; nil for a slice.
  private func key(
    of trailer: Expression.Trailer, _ range: Range<Int>
  ) throws(ConfigError) -> Node? {
    switch trailer.kind {
    case .attribute(let name): try node(.string(name), range)
    case .subscript_(let index): try evaluate(index)
    case .slice(let from, let to, let step): try unknownKey([from, to, step])
    case .call: nil
    }
  }

  private func unknownKey(_ parts: [Expression?]) throws(ConfigError) -> Node? {
    for case let part? in parts { _ = try evaluate(part) }
    return nil
  }

  /// `container.name = value` and `container[key] = value`.
  private func store(
    _ value: Node, in container: Node, at key: Node, _ trailer: Expression.Trailer,
    _ range: Range<Int>
  ) throws(ConfigError) {
    if case .attribute(let name) = trailer.kind {
      guard case .dictionary(let dictionary) = container.content else {
        return absorb(value, in: container, range)
      }
      guard dictionary.isConfig else {
        throw error(range, "a plain dict has no attributes to set; write ['\(name)'] = …")
      }
    }
    moment += 1
    switch container.content {
    case .dictionary(let dictionary):
      guard let key = NodeKey(key) else { return absorb(value, in: container, range) }
      let value = dictionary.isConfig ? try hooked(value) : value
      container.change {
        $0[key] = NodeDictionary.Entry(value: value, source: source, range: range)
      }
    case .list(let elements):
      guard case .int(let index) = key.content else { return absorb(value, in: container, range) }
      let place = index < 0 ? index + elements.count : index
      guard elements.indices.contains(place) else {
        throw error(range, "the list has \(elements.count) elements and none at \(index)")
      }
      container.changeList { $0[place] = value }
    default: absorb(value, in: container, range)
    }
  }

  private func augment(
    _ target: Expression, _ operation: Expression.BinaryOperator, _ value: Expression,
    _ range: Range<Int>
  ) throws(ConfigError) {
    guard case .trailers(let base, let trailers) = target.kind, let last = trailers.last else {
      let old = try evaluate(target)
      let new = try combineInPlace(old, operation, try evaluate(value), range)
      return try assign(new, to: target, range)
    }
    // As in Python, the container and the key are evaluated once.
    let container = try evaluate(base, trailers.dropLast())
    push(container)
    guard let key = try key(of: last, range) else {
      return absorb(try evaluate(value), in: container, range)
    }
    push(key)
    var old: Node
    if case .attribute(let name) = last.kind {
      old = try attribute(name, of: container, range)
    } else {
      old = try element(of: container, at: key, range)
    }
    push(old)
    old = try combineInPlace(old, operation, try evaluate(value), range)
    try store(old, in: container, at: key, last, range)
  }

  /// The result of `+=` and its like, which change lists and dictionaries in place, so that other references to these
  /// see the change.
  private func combineInPlace(
    _ old: Node, _ operation: Expression.BinaryOperator, _ new: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    moment += 1
    if operation == .add, old.isList, let elements = try iteration(new, range) {
      try budget.claim(elements.count, source, range)
      old.changeList { $0 += elements }
      return old
    }
    switch (old.content, operation, new.content) {
    case (.list, .multiply, _):
      guard case .int? = Number(new),
        let elements = try combine(old, .multiply, new, range).elements
      else { break }
      old.changeList { $0 = elements }
      return old
    case (.dictionary, .or, .dictionary):
      try update(old, with: new)
      return old
    case (.list, _, _), (.dictionary, _, _), (.opaque, _, _): break
    default: return try combine(old, operation, new, range)
    }
    absorb(new, in: old, range)
    push(old)
    push(new)
    return try opaque(range)
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
}
