extension Parser {
  /// Parses a line, which may have several statements, or a block.
  mutating func parseStatement(into statements: inout [Statement]) throws(ConfigError) {
    if kind == .newline {
      position += 1
      return
    }
    if let block = try parseBlockStatement() {
      statements.append(block)
      return
    }
    repeat {
      statements.append(try parseSimpleStatement())
    } while take(.semicolon) && kind != .newline
    guard take(.newline) || kind == .end else { throw unexpected("the end of the line") }
  }

  private mutating func parseBlock() throws(ConfigError) -> [Statement] {
    try expect(.colon, "':'")
    return try nested { parser throws(ConfigError) in
      var statements: [Statement] = []
      guard parser.take(.newline) else {
        try parser.parseStatement(into: &statements)
        return statements
      }
      guard parser.take(.indent) else { throw parser.unexpected("an indented block") }
      while !parser.take(.dedent) {
        guard parser.kind != .end else { break }
        try parser.parseStatement(into: &statements)
      }
      return statements
    }
  }

  private mutating func parseBlockStatement() throws(ConfigError) -> Statement? {
    guard kind == .name || kind == .at else { return nil }
    let start = start
    func statement(_ kind: Statement.Kind) -> Statement {
      Statement(kind: kind, range: start..<max(start, lastEnd))
    }
    var decorators: [Expression] = []
    while take(.at) {
      decorators.append(try parseNamedExpression())
      try expect(.newline, "the end of the line")
    }
    _ = takeWord("async")
    if takeWord("if") {
      var branches: [(condition: Expression, body: [Statement])] = []
      repeat {
        let condition = try parseNamedExpression()
        branches.append((condition, try parseBlock()))
      } while takeWord("elif")
      let otherwise = takeWord("else") ? try parseBlock() : []
      return statement(.choice(branches, otherwise: otherwise))
    }
    if takeWord("for") {
      let target = try parseTargetList()
      guard takeWord("in") else { throw unexpected("'in'") }
      let values = try parseExpressionList()
      let body = try parseBlock()
      let otherwise = takeWord("else") ? try parseBlock() : []
      return statement(.loop(target: target, values: values, body: body, otherwise: otherwise))
    }
    if takeWord("with") { return statement(try parseWith()) }
    if takeWord("def") {
      let name = try name()
      var function = try parseDefinition()
      function.values = decorators + function.values
      function.isDecorated = !decorators.isEmpty
      function.body = try parseBlock()
      return statement(.function(name, function))
    }
    if takeWord("class") {
      let name = try name()
      try skipTypeParameters()
      var header = decorators
      if take(.open) { header += try parseArguments().map(\.value) }
      return statement(.type(name, header: header, body: try parseBlock()))
    }
    if takeWord("while") {
      let condition = try parseNamedExpression()
      var body = try parseBlock()
      if takeWord("else") { body += try parseBlock() }
      return statement(.opaque(names: [], header: [condition], body: body))
    }
    if takeWord("try") {
      var names: [String] = []
      var header: [Expression] = []
      var body = try parseBlock()
      while isWord("except") || isWord("else") || isWord("finally") {
        let isHandler = isWord("except")
        position += 1
        _ = take(.star)
        if isHandler, kind != .colon {
          header.append(try parseExpressionList())
          if takeWord("as") { names.append(try name()) }
        }
        body += try parseBlock()
      }
      return statement(.opaque(names: names, header: header, body: body))
    }
    return nil
  }

  private mutating func parseWith() throws(ConfigError) -> Statement.Kind {
    let isBase = isWord("read_base")
    var names: [String] = []
    var header: [Expression] = []
    repeat {
      header.append(try parseExpression())
      if takeWord("as") { names.append(try name()) }
    } while take(.comma)
    let body = try parseBlock()
    return isBase && names.isEmpty
      ? .bases(body) : .opaque(names: names, header: header, body: body)
  }

  /// Parses the parameters and the annotation of the result of a function, up to the colon.
  private mutating func parseDefinition() throws(ConfigError) -> Expression.Function {
    try skipTypeParameters()
    try expect(.open, "'('")
    var function = try parseParameters(until: .close, areAnnotated: true)
    try expect(.close, "',' or ')'")
    if take(.arrow) { function.unused.append(try parseExpression()) }
    return function
  }

  /// Skips the type parameters of a function or class.
  private mutating func skipTypeParameters() throws(ConfigError) {
    guard kind == .openSquare else { return }
    var open = 0
    repeat {
      switch kind {
      case .openSquare: open += 1
      case .closeSquare: open -= 1
      case .newline, .end: throw unexpected("']'")
      default: break
      }
      position += 1
    } while open > 0
  }

  /// Parses parameters with their annotations and default values.
  mutating func parseParameters(
    until end: Token.Kind, areAnnotated: Bool
  ) throws(ConfigError) -> Expression.Function {
    var function = Expression.Function()
    while kind != end {
      let isStarred = take(.star) || take(.doubleStar)
      // A single star or slash only parts the parameters.
      if !take(.slash), !(isStarred && (kind == .comma || kind == end)) {
        function.parameters.append(try name())
        if areAnnotated, take(.colon) {
          _ = take(.star)
          function.unused.append(try parseExpression())
        }
        if take(.assign) { function.values.append(try parseExpression()) }
      }
      guard take(.comma) else { break }
    }
    return function
  }

  private mutating func parseSimpleStatement() throws(ConfigError) -> Statement {
    let start = start
    let kind = try parseSimple()
    return Statement(kind: kind, range: start..<max(start, lastEnd))
  }

  private mutating func parseSimple() throws(ConfigError) -> Statement.Kind {
    if kind == .name {
      if takeWord("pass") { return .nothing }
      if takeWord("import") { return try parseImport() }
      if takeWord("from") { return try parseImportFrom() }
      if takeWord("del") { return .delete(try parseTargets()) }
      if takeWord("break") || takeWord("continue") { return .jump([]) }
      if takeWord("global") || takeWord("nonlocal") {
        var names = [try name()]
        while take(.comma) { names.append(try name()) }
        return .global(names)
      }
      if takeWord("assert") {
        let condition = try parseExpression()
        if take(.comma) { _ = try parseExpression() }
        return .assertion(condition)
      }
      if takeWord("return") || takeWord("raise") {
        var values: [Expression] = []
        while kind != .newline, kind != .semicolon, kind != .end {
          values.append(try parseExpressionList())
          guard takeWord("from") else { break }
        }
        return .jump(values)
      }
    }
    let first = try parseExpressionList()
    switch kind {
    case .assign:
      var parts = [first]
      while take(.assign) { parts.append(try parseExpressionList()) }
      let value = parts.removeLast()
      for target in parts { try checkTarget(target) }
      return .assign(targets: parts, value: value)
    case .augmented:
      let sign = text(token)
      position += 1
      try checkTarget(first)
      let value = try parseExpressionList()
      return .augmented(first, Self.operators[String(sign.dropLast())]!, value)
    case .colon:
      // A type annotation does not change the value.
      position += 1
      _ = try parseExpression()
      guard take(.assign) else { return .nothing }
      try checkTarget(first)
      return .assign(targets: [first], value: try parseExpressionList())
    default: return .expression(first)
    }
  }

  private static let operators: [String: Expression.BinaryOperator] = [
    "+": .add, "-": .subtract, "*": .multiply, "/": .divide, "//": .floorDivide, "%": .modulo,
    "**": .power, "@": .matrix, "|": .or, "&": .and, "^": .exclusiveOr, "<<": .leftShift,
    ">>": .rightShift,
  ]

  private func checkTarget(_ target: Expression) throws(ConfigError) {
    switch target.kind {
    case .name: return
    case .list(let elements), .tuple(let elements):
      for element in elements { try checkTarget(element.value) }
      return
    case .trailers(_, let trailers):
      if case .call = trailers.last!.kind { break }
      return
    default: break
    }
    throw source.error(at: target.range.lowerBound, "nothing can be assigned to this")
  }

  private mutating func parseTargets() throws(ConfigError) -> [Expression] {
    let list = try parseExpressionList()
    if case .tuple(let elements) = list.kind { return elements.map(\.value) }
    return [list]
  }

  private mutating func parseImport() throws(ConfigError) -> Statement.Kind {
    var modules: [(module: String, alias: String?)] = []
    repeat {
      let module = try parseDottedName()
      modules.append((module, takeWord("as") ? try name() : nil))
    } while take(.comma)
    return .importModules(modules)
  }

  private mutating func parseDottedName() throws(ConfigError) -> String {
    var module = try name()
    while take(.dot) { module += "." + (try name()) }
    return module
  }

  private mutating func parseImportFrom() throws(ConfigError) -> Statement.Kind {
    var level = 0
    while kind == .dot || kind == .ellipsis {
      level += kind == .dot ? 1 : 3
      position += 1
    }
    let module = isWord("import") && level > 0 ? "" : try parseDottedName()
    guard takeWord("import") else { throw unexpected("'import'") }
    if take(.star) { return .importNames(level: level, module: module, names: nil) }
    let isEnclosed = take(.open)
    var names: [(name: String, alias: String?)] = []
    repeat {
      if isEnclosed, kind == .close { break }
      let imported = try name()
      names.append((imported, takeWord("as") ? try name() : nil))
    } while take(.comma)
    if isEnclosed { try expect(.close, "')'") }
    return .importNames(level: level, module: module, names: names)
  }
}
