/// What code may do to the names of a file, told from its text: for code of which it is not known whether, when or how
/// often it runs.
///
/// Values are references, so code that changes a name of its own may change what any name that it mentions refers to.
struct CodeEffects {
  /// The names that the code assigns in its scope.
  private(set) var assigned: Set<String> = []
  /// The names that the code reads.
  private(set) var mentioned: Set<String> = []
  /// The names whose values the code may change in place.
  private(set) var changed: Set<String> = []
  /// The names that functions in the code assign with `global`.
  private(set) var globals: Set<String> = []
  /// The names whose values functions and generators in the code may change whenever they run.
  private(set) var changedLater: Set<String> = []
  /// The names that functions in the code read, so that what they give may be or hold the values of these.
  private(set) var heldLater: Set<String> = []
  /// Whether a call such as `exec` may change anything.
  private(set) var runsAnyCode = false
  /// Whether the code changes a value by a name of its own.
  private(set) var isAliased = false

  /// The parameters of the function whose body the code is.
  private var parameters: Set<String> = []
  /// The variables of comprehensions.
  private var variables: Set<String> = []

  init(_ statements: [Statement] = [], _ expressions: [Expression] = [], parameters: [String] = [])
  {
    self.parameters = Set(parameters)
    for statement in statements { visit(statement) }
    for expression in expressions { visit(expression) }
    let own = assigned.union(self.parameters).union(variables)
    if !changed.isDisjoint(with: own) {
      isAliased = true
      changed.formUnion(mentioned)
    }
    if !changedLater.isDisjoint(with: own) { changedLater.formUnion(mentioned) }
  }

  /// Whether the code only computes a value.
  var isPure: Bool {
    assigned.isEmpty && changed.isEmpty && globals.isEmpty && changedLater.isEmpty && !runsAnyCode
  }

  // MARK: Parts

  /// Adds code that runs in this scope.
  private mutating func add(_ part: CodeEffects) {
    assigned.formUnion(part.assigned)
    mentioned.formUnion(part.mentioned)
    changed.formUnion(part.changed)
    variables.formUnion(part.variables)
    addLater(part)
  }

  private mutating func addLater(_ part: CodeEffects) {
    globals.formUnion(part.globals)
    changedLater.formUnion(part.changedLater)
    heldLater.formUnion(part.heldLater)
    runsAnyCode = runsAnyCode || part.runsAnyCode
  }

  /// Adds a function, whose body runs later if at all.
  private mutating func add(_ function: Expression.Function, _ body: CodeEffects) {
    // Parameters may have their default values, which are made now.
    let values = CodeEffects([], function.values)
    add(values)
    heldLater.formUnion(values.mentioned)
    if body.isAliased || !body.changedLater.isDisjoint(with: body.parameters) {
      changedLater.formUnion(values.mentioned)
    }
    let own = body.assigned.union(body.parameters).subtracting(body.globals)
    mentioned.formUnion(body.mentioned.subtracting(own))
    heldLater.formUnion(body.mentioned.subtracting(own))
    changedLater.formUnion(body.changed.subtracting(own))
    var outside = body
    outside.changedLater.subtract(own)
    outside.heldLater.subtract(own)
    addLater(outside)
  }

  /// Adds the body of a class, which runs at once in a scope of its own.
  private mutating func add(class body: CodeEffects) {
    // A name that the body assigns is the file's until then.
    mentioned.formUnion(body.mentioned)
    changed.formUnion(body.changed)
    addLater(body)
  }

  // MARK: Statements

  private mutating func visit(_ statement: Statement) {
    switch statement.kind {
    case .assign(let targets, let value):
      visit(value)
      for target in targets { store(target, [value]) }
    case .augmented(let target, _, let value):
      visit(target)
      visit(value)
      store(target, [value])
      change(target)
    case .delete(let targets):
      for target in targets { store(target, []) }
    case .expression(let expression), .assertion(let expression): visit(expression)
    case .importModules(let modules):
      for (module, alias) in modules {
        assigned.insert(alias ?? String(module.prefix { $0 != "." }))
      }
    case .importNames(_, _, let names):
      for (name, alias) in names ?? [] { assigned.insert(alias ?? name) }
      if names == nil { runsAnyCode = true }
    case .choice(let branches, let otherwise):
      for branch in branches {
        visit(branch.condition)
        branch.body.forEach { visit($0) }
      }
      otherwise.forEach { visit($0) }
    case .loop(let target, let values, let body, let otherwise):
      visit(values)
      store(target, [values])
      body.forEach { visit($0) }
      otherwise.forEach { visit($0) }
    case .bases(let body): body.forEach { visit($0) }
    case .function(let name, let function):
      assigned.insert(name)
      function.unused.forEach { visit($0) }
      add(function, CodeEffects(function.body, parameters: function.parameters))
    case .type(let name, let header, let body):
      assigned.insert(name)
      header.forEach { visit($0) }
      add(class: CodeEffects(body))
    case .opaque(let names, let header, let body):
      assigned.formUnion(names)
      header.forEach { visit($0) }
      body.forEach { visit($0) }
    case .global(let names): globals.formUnion(names)
    case .jump(let values): values.forEach { visit($0) }
    case .nothing: break
    }
  }

  /// An assignment of values to a target. What is stored in a value can be reached and changed through it.
  private mutating func store(_ target: Expression, _ values: [Expression]) {
    switch target.kind {
    case .name(let name): assigned.insert(name)
    case .tuple(let elements), .list(let elements):
      for element in elements { store(element.value, values) }
    default:
      visit(target)
      change(target)
      values.forEach { change($0) }
    }
  }

  private mutating func change(_ expression: Expression) {
    changed.formUnion(CodeEffects([], [expression]).mentioned)
  }

  // MARK: Expressions

  private mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .constant: break
    case .name(let name): mentioned.insert(name)
    case .unknown(let parts): parts.forEach { visit($0) }
    case .lambda(let function, let body):
      add(function, CodeEffects([], [body], parameters: function.parameters))
    case .format(let parts):
      for case .value(let value, _, _) in parts { visit(value) }
    case .list(let elements), .tuple(let elements), .set(let elements):
      for element in elements { visit(element.value) }
    case .dictionary(let pairs):
      for pair in pairs {
        if let key = pair.key { visit(key) }
        visit(pair.value)
      }
    case .comprehension(let comprehension): visit(comprehension)
    case .trailers(let base, let trailers): visit(base, trailers)
    case .unary(_, let operand): visit(operand)
    case .chain(let first, let rest):
      visit(first)
      for (_, operand) in rest { visit(operand) }
    case .comparison(let first, let rest):
      visit(first)
      for (_, operand) in rest { visit(operand) }
    case .all(let operands), .any(let operands): operands.forEach { visit($0) }
    case .conditional(let condition, let then, let otherwise):
      [condition, then, otherwise].forEach { visit($0) }
    case .named(let name, let value):
      assigned.insert(name)
      visit(value)
    }
  }

  private mutating func visit(_ comprehension: Expression.Comprehension) {
    var inside = CodeEffects()
    inside.visit(comprehension.element)
    if case .dictionary(let key) = comprehension.result { inside.visit(key) }
    for clause in comprehension.clauses {
      var target = CodeEffects()
      target.store(clause.target, [clause.values])
      inside.variables.formUnion(target.assigned)
      target.assigned = []
      inside.add(target)
      inside.visit(clause.values)
      clause.conditions.forEach { inside.visit($0) }
    }
    if case .generator = comprehension.result {
      if !inside.changed.isDisjoint(with: inside.variables) {
        inside.changed.formUnion(inside.mentioned)
      }
      inside.changedLater.formUnion(inside.changed)
    }
    add(inside)
  }

  private mutating func visit(_ base: Expression, _ trailers: [Expression.Trailer]) {
    var before = CodeEffects()
    before.visit(base)
    for (index, trailer) in trailers.enumerated() {
      switch trailer.kind {
      case .attribute: break
      case .subscript_(let key): before.visit(key)
      case .slice(let from, let to, let step):
        [from, to, step].compactMap { $0 }.forEach { before.visit($0) }
      case .call(let arguments):
        arguments.forEach { before.visit($0.value) }
        guard !Self.isHarmless(base, trailers[..<index]) else { break }
        before.changed.formUnion(before.mentioned)
        if case .name(let name) = base.kind, Self.anything.contains(name) {
          before.runsAnyCode = true
        }
      }
    }
    add(before)
  }

  /// Built-in functions that may run or change anything.
  static let anything: Set<String> = [
    "exec", "eval", "globals", "locals", "vars", "setattr", "delattr", "__import__",
  ]

  /// Whether a call changes neither its object nor its arguments.
  private static func isHarmless(
    _ base: Expression, _ trailers: ArraySlice<Expression.Trailer>
  ) -> Bool {
    if case .attribute(let name)? = trailers.last?.kind { return Methods.areReading(name) }
    guard trailers.isEmpty, case .name(let name) = base.kind else { return false }
    return Evaluator.harmless.contains("builtins.\(name)")
  }
}
