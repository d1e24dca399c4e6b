extension Parser {
  private typealias Rank = Int

  /// An infix operator, with its precedence.
  private enum Infix {
    case or, and
    case compare(Expression.ComparisonOperator, width: Int)
    case binary(Expression.BinaryOperator)
  }

  /// Parses expressions with commas between them: a tuple if there is a comma.
  mutating func parseExpressionList() throws(ConfigError) -> Expression {
    let first = try parseElement()
    guard kind == .comma else {
      guard !first.isStarred else { throw unexpected("','") }
      return first.value
    }
    var elements = [first]
    while take(.comma) {
      guard startsExpression else { break }
      elements.append(try parseElement())
    }
    return Expression(
      kind: .tuple(elements), range: first.value.range.lowerBound..<lastEnd)
  }

  /// Whether an expression can begin at the token.
  private var startsExpression: Bool {
    switch kind {
    case .name:
      return !(isWord("in") || isWord("for") || isWord("if") || isWord("else") || isWord("as"))
    case .number, .string, .open, .openSquare, .openBrace, .plus, .minus, .tilde, .star,
      .ellipsis:
      return true
    default: return false
    }
  }

  mutating func parseElement() throws(ConfigError) -> Expression.Element {
    if take(.star) {
      return Expression.Element(value: try parseBinary(rank: 4), isStarred: true)
    }
    return Expression.Element(value: try parseNamedExpression(), isStarred: false)
  }

  /// Parses an expression, or `name := expression`.
  mutating func parseNamedExpression() throws(ConfigError) -> Expression {
    if kind == .name, next == .walrus {
      let start = start
      let name = try name()
      position += 1
      let value = try parseExpression()
      return Expression(kind: .named(name, value), range: start..<lastEnd)
    }
    return try parseExpression()
  }

  /// Parses the target of a `for`: names, with commas and brackets.
  mutating func parseTargetList() throws(ConfigError) -> Expression {
    let start = start
    var elements: [Expression.Element] = []
    var isTuple = false
    while startsExpression {
      let isStarred = take(.star)
      // Rank 4 excludes comparisons, since the `in` would be read as one.
      elements.append(Expression.Element(value: try parseBinary(rank: 4), isStarred: isStarred))
      guard take(.comma) else { break }
      isTuple = true
    }
    guard let first = elements.first else { throw unexpected("a name") }
    if !isTuple && !first.isStarred { return first.value }
    return Expression(kind: .tuple(elements), range: start..<lastEnd)
  }

  mutating func parseExpression() throws(ConfigError) -> Expression {
    try nested { parser throws(ConfigError) in
      if parser.isWord("lambda") || parser.isWord("yield") || parser.isWord("await") {
        return try parser.parseUnknown()
      }
      let value = try parser.parseBinary(rank: 0)
      guard parser.takeWord("if") else { return value }
      let condition = try parser.parseBinary(rank: 0)
      guard parser.takeWord("else") else { throw parser.unexpected("'else'") }
      let otherwise = try parser.parseExpression()
      return Expression(
        kind: .conditional(condition: condition, then: value, otherwise: otherwise),
        range: value.range.lowerBound..<parser.lastEnd)
    }
  }

  private mutating func parseUnknown() throws(ConfigError) -> Expression {
    let start = start
    if takeWord("lambda") {
      let function = try parseParameters(until: .colon, areAnnotated: false)
      try expect(.colon, "':'")
      let body = try parseExpression()
      return Expression(kind: .lambda(function, body: body), range: start..<lastEnd)
    }
    // `yield` takes a list of expressions, or none, and `await` one.
    let isYield = isWord("yield")
    position += 1
    _ = takeWord("from")
    var parts: [Expression] = []
    if startsExpression {
      parts = [isYield ? try parseExpressionList() : try parseUnary()]
    }
    return Expression(kind: .unknown(parts), range: start..<lastEnd)
  }

  private var infix: (Infix, rank: Rank)? {
    switch kind {
    case .name:
      if isWord("or") { return (.or, 0) }
      if isWord("and") { return (.and, 1) }
      if isWord("in") { return (.compare(.isIn, width: 1), 3) }
      if isWord("is") {
        let isNot = next == .name && text(tokens[position + 1]) == "not"
        return (.compare(isNot ? .isNotSame : .isSame, width: isNot ? 2 : 1), 3)
      }
      if isWord("not"), next == .name, text(tokens[position + 1]) == "in" {
        return (.compare(.isNotIn, width: 2), 3)
      }
      return nil
    case .equal: return (.compare(.equal, width: 1), 3)
    case .notEqual: return (.compare(.notEqual, width: 1), 3)
    case .less: return (.compare(.less, width: 1), 3)
    case .lessEqual: return (.compare(.lessEqual, width: 1), 3)
    case .greater: return (.compare(.greater, width: 1), 3)
    case .greaterEqual: return (.compare(.greaterEqual, width: 1), 3)
    case .pipe: return (.binary(.or), 4)
    case .caret: return (.binary(.exclusiveOr), 5)
    case .ampersand: return (.binary(.and), 6)
    case .leftShift: return (.binary(.leftShift), 7)
    case .rightShift: return (.binary(.rightShift), 7)
    case .plus: return (.binary(.add), 8)
    case .minus: return (.binary(.subtract), 8)
    case .star: return (.binary(.multiply), 9)
    case .slash: return (.binary(.divide), 9)
    case .doubleSlash: return (.binary(.floorDivide), 9)
    case .percent: return (.binary(.modulo), 9)
    case .at: return (.binary(.matrix), 9)
    default: return nil
    }
  }

  /// Parses operands and operators of at least the precedence `minimum`.
  private mutating func parseBinary(rank minimum: Rank) throws(ConfigError) -> Expression {
    var left = try parseUnary()
    while let (_, rank) = infix, rank >= minimum {
      var alternatives: [Expression] = []
      var comparisons: [(Expression.ComparisonOperator, Expression)] = []
      var operations: [(Expression.BinaryOperator, Expression)] = []
      // Operators of one precedence make one flat chain, so that a long one does not nest.
      while let (sign, other) = infix, other == rank {
        switch sign {
        case .or, .and:
          position += 1
          alternatives.append(try parseBinary(rank: rank + 1))
        case .compare(let comparison, let width):
          position += width
          comparisons.append((comparison, try parseBinary(rank: rank + 1)))
        case .binary(let operation):
          position += 1
          operations.append((operation, try parseBinary(rank: rank + 1)))
        }
      }
      let kind: Expression.Kind =
        switch rank {
        case 0: .any([left] + alternatives)
        case 1: .all([left] + alternatives)
        case 3: .comparison(left, comparisons)
        default: .chain(left, operations)
        }
      left = Expression(kind: kind, range: left.range.lowerBound..<lastEnd)
    }
    return left
  }

  private mutating func parseUnary() throws(ConfigError) -> Expression {
    let start = start
    let sign: Expression.UnaryOperator
    switch kind {
    case .plus: sign = .plus
    case .minus: sign = .minus
    case .tilde: sign = .invert
    case .name where isWord("not"): sign = .not
    default: return try parsePower()
    }
    position += 1
    let operand = try nested { parser throws(ConfigError) in
      sign == .not ? try parser.parseBinary(rank: 3) : try parser.parseUnary()
    }
    return Expression(kind: .unary(sign, operand), range: start..<lastEnd)
  }

  private mutating func parsePower() throws(ConfigError) -> Expression {
    let base = try parsePostfix()
    guard take(.doubleStar) else { return base }
    let exponent = try nested { parser throws(ConfigError) in try parser.parseUnary() }
    return Expression(
      kind: .chain(base, [(.power, exponent)]), range: base.range.lowerBound..<lastEnd)
  }

  private mutating func parsePostfix() throws(ConfigError) -> Expression {
    if isWord("await") { return try parseUnknown() }
    let start = start
    let value = try parseAtom()
    var trailers: [Expression.Trailer] = []
    while true {
      let trailer: Expression.Trailer.Kind
      switch kind {
      case .dot:
        position += 1
        trailer = .attribute(try name())
      case .open:
        position += 1
        trailer = .call(try parseArguments())
      case .openSquare:
        position += 1
        trailer = try parseSubscript()
      default:
        if trailers.isEmpty { return value }
        return Expression(kind: .trailers(value, trailers), range: start..<lastEnd)
      }
      trailers.append(Expression.Trailer(kind: trailer, end: lastEnd))
    }
  }

  private mutating func parseSubscript() throws(ConfigError) -> Expression.Trailer.Kind {
    var parts: [Expression?] = [nil]
    while kind != .closeSquare {
      if take(.colon) {
        parts.append(nil)
      } else if parts[parts.count - 1] == nil {
        parts[parts.count - 1] = try parseExpressionList()
      } else {
        break
      }
    }
    try expect(.closeSquare, "']'")
    if parts.count == 1 {
      guard let index = parts[0] else { throw source.error(at: lastEnd, "an index is missing") }
      return .subscript_(index)
    }
    guard parts.count <= 3 else { throw source.error(at: lastEnd, "a slice has three parts") }
    return .slice(parts[0], parts[1], parts.count == 3 ? parts[2] : nil)
  }

  mutating func parseArguments() throws(ConfigError) -> [Expression.Argument] {
    var arguments: [Expression.Argument] = []
    while kind != .close {
      let start = start
      var style = Expression.Argument.Style.positional
      if take(.star) {
        style = .star
      } else if take(.doubleStar) {
        style = .doubleStar
      } else if kind == .name, next == .assign {
        style = .keyword(try name())
        position += 1
      }
      var value = try parseNamedExpression()
      if case .positional = style, isWord("for") || isWord("async") {
        value = try parseComprehension(.generator, element: value)
      }
      arguments.append(Expression.Argument(style: style, value: value, range: start..<lastEnd))
      guard take(.comma) else { break }
    }
    try expect(.close, "',' or ')'")
    return arguments
  }

  mutating func parseComprehension(
    _ result: Expression.Comprehension.Result, element: Expression
  ) throws(ConfigError) -> Expression {
    var clauses: [Expression.Comprehension.Clause] = []
    var isUnknown = false
    while isWord("for") || isWord("async") {
      isUnknown = takeWord("async") || isUnknown
      guard takeWord("for") else { throw unexpected("'for'") }
      let target = try parseTargetList()
      guard takeWord("in") else { throw unexpected("'in'") }
      let values = try parseBinary(rank: 0)
      var conditions: [Expression] = []
      while takeWord("if") { conditions.append(try parseBinary(rank: 0)) }
      clauses.append(
        Expression.Comprehension.Clause(target: target, values: values, conditions: conditions))
      guard clauses.count <= 16 else { throw unexpected("the end of the comprehension") }
    }
    var start = element.range.lowerBound
    if case .dictionary(let key) = result { start = key.range.lowerBound }
    let comprehension = Expression.Comprehension(
      result: result, element: element, clauses: clauses)
    let inner = Expression(kind: .comprehension(comprehension), range: start..<lastEnd)
    return Expression(
      kind: isUnknown ? .unknown([inner]) : .comprehension(comprehension), range: start..<lastEnd)
  }
}
