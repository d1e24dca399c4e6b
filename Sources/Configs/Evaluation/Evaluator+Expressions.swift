import OrderedCollections

extension Evaluator {
  func evaluate(_ expression: Expression) throws(ConfigError) -> Node {
    try budget.step(source, expression.range)
    if case .constant(let node) = expression.kind { return node }
    let node = try framed { () throws(ConfigError) in try compute(expression) }
    push(node)
    return node
  }

  private func compute(_ expression: Expression) throws(ConfigError) -> Node {
    let range = expression.range
    switch expression.kind {
    case .constant(let node): return node
    case .name(let name): return try value(of: name, range)
    case .format(let parts): return try format(parts, range)
    case .list(let elements):
      guard let values = try evaluate(elements, range) else { return try opaque(range) }
      return try node(.list(values), range)
    case .tuple(let elements):
      guard let values = try evaluate(elements, range) else { return try opaque(range) }
      return try node(.tuple(values), range)
    case .set(let elements):
      // `ConfigValue` has no sets, so a set is opaque; its elements are evaluated for their errors and effects.
      for element in elements { _ = try evaluate(element.value) }
      return try opaque(range)
    case .dictionary(let pairs): return try dictionary(pairs, range)
    case .comprehension(let comprehension): return try comprehend(comprehension, expression)
    case .trailers(let base, let trailers): return try evaluate(base, trailers[...])
    case .unary(let sign, let operand): return try apply(sign, try evaluate(operand), range)
    case .chain(let first, let rest):
      var value = try evaluate(first)
      for (operation, operand) in rest {
        // The text of an unknown value is only that of its last operand until the chain ends, or it would be copied
        // for each operand.
        let upTo =
          value.isOpaque
          ? operand.range
          : range.lowerBound..<max(operand.range.upperBound, range.lowerBound)
        let isLast = operand.range == rest.last!.1.range
        value = try combine(
          value, operation, try evaluate(operand), isLast ? range : upTo)
      }
      return value
    case .comparison(let first, let rest):
      var left = try evaluate(first)
      for (index, (comparison, operand)) in rest.enumerated() {
        let right = try evaluate(operand)
        guard let isTrue = try compare(left, comparison, right) else {
          return try cloud(rest[(index + 1)...].map(\.1), range)
        }
        if !isTrue { return try node(.bool(false), range) }
        left = right
      }
      return try node(.bool(true), range)
    case .all(let operands), .any(let operands):
      var isAll = false
      if case .all = expression.kind { isAll = true }
      var value = try evaluate(operands[0])
      for (index, operand) in operands.enumerated().dropFirst() {
        guard let isTrue = truth(of: value) else {
          return try cloud(Array(operands[index...]), range)
        }
        if isTrue != isAll { return value }
        value = try evaluate(operand)
      }
      return value
    case .conditional(let condition, let then, let otherwise):
      guard let isTrue = truth(of: try evaluate(condition)) else {
        return try cloud([then, otherwise], range)
      }
      return try evaluate(isTrue ? then : otherwise)
    case .named(let name, let value):
      let node = try evaluate(value)
      define(name, node, range)
      return node
    case .lambda(let function, _):
      for value in function.values { _ = try evaluate(value) }
      return try settle(CodeEffects([], [expression]), range)
    case .unknown(let parts): return try cloud(parts, range)
    }
  }

  /// The elements of a list or tuple; nil if a value after `*` is not known.
  private func evaluate(
    _ elements: [Expression.Element], _ range: Range<Int>
  ) throws(ConfigError) -> [Node]? {
    var values: [Node] = []
    values.reserveCapacity(elements.count)
    for element in elements {
      let value = try evaluate(element.value)
      guard element.isStarred else {
        values.append(value)
        continue
      }
      guard let more = try iteration(value, range) else { return nil }
      try budget.claim(more.count, source, range)
      values += more
    }
    return values
  }

  private func value(of name: String, _ range: Range<Int>) throws(ConfigError) -> Node {
    if let node = lookup(name) { return node }
    if name == "__name__" { return try node(.string("builtins"), range) }
    if PythonBuiltins.contains(name) { return try node(.module("builtins.\(name)"), range) }
    guard hasUnknownNames || name.hasPrefix("__") else {
      throw error(range, "'\(name)' is not defined")
    }
    return try opaque(range)
  }

  private func dictionary(
    _ pairs: [Expression.Pair], _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    var entries: OrderedDictionary<NodeKey, NodeDictionary.Entry> = [:]
    entries.reserveCapacity(pairs.count)
    var isKnown = true
    for pair in pairs {
      let value: Node
      if let keyExpression = pair.key {
        let key = try evaluate(keyExpression)
        value = try evaluate(pair.value)
        if let key = NodeKey(key) {
          entries[key] = NodeDictionary.Entry(value: value, source: source, range: pair.range)
        } else {
          isKnown = false
        }
      } else {
        value = try evaluate(pair.value)
        if let more = value.dictionary {
          try budget.claim(more.entries.count, source, range)
          for (key, entry) in more.entries { entries[key] = entry }
        } else {
          isKnown = false
        }
      }
    }
    guard isKnown else { return try opaque(range) }
    return try node(.dictionary(NodeDictionary(entries: entries)), range)
  }

  /// The value of a base with attributes, subscripts and calls after it.
  func evaluate(
    _ base: Expression, _ trailers: ArraySlice<Expression.Trailer>
  ) throws(ConfigError) -> Node {
    var value = try evaluate(base)
    push(value)
    var index = trailers.startIndex
    while index < trailers.endIndex {
      let trailer = trailers[index]
      let range = base.range.lowerBound..<max(trailer.end, base.range.lowerBound)
      try budget.step(source, range)
      switch trailer.kind {
      case .attribute(let name):
        // A method is evaluated together with its call, since bound methods are not values here.
        if index + 1 < trailers.endIndex, case .call(let arguments) = trailers[index + 1].kind,
          Methods.isMethod(name, of: value)
        {
          let whole = base.range.lowerBound..<trailers[index + 1].end
          value = try call(method: name, of: value, arguments, whole)
          index += 1
        } else {
          value = try attribute(name, of: value, range)
        }
      case .subscript_(let key): value = try element(of: value, at: try evaluate(key), range)
      case .slice(let from, let to, let step):
        value = try slice(
          value, try from.map(evaluateIndex), try to.map(evaluateIndex),
          try step.map(evaluateIndex), range)
      case .call(let arguments): value = try call(value, arguments, range)
      }
      push(value)
      index += 1
    }
    return value
  }

  private func evaluateIndex(_ expression: Expression) throws(ConfigError) -> Node {
    try evaluate(expression)
  }

  func attribute(
    _ name: String, of value: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    switch value.content {
    case .dictionary(let dictionary):
      if let entry = dictionary.entries[.string(name)], dictionary.isConfig { return entry.value }
      if Methods.isMethod(name, of: value) { return try method(name, of: value, range) }
      throw error(
        range,
        dictionary.isConfig
          ? "there is no '\(name)' in \(source.excerpt(range.dropLast(name.utf8.count + 1)))"
          : "a plain dict has no attribute '\(name)'; write ['\(name)']")
    case .imported(let full): return try node(.imported("\(full).\(name)"), range)
    case .module(let full): return try node(.module("\(full).\(name)"), range)
    case .list: return try method(name, of: value, range)
    default: return try opaque(range)
    }
  }

  /// A method that is not called where it is named: whoever has it can change its object at any time.
  private func method(
    _ name: String, of value: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    if !Methods.areReading(name) { spoil(value, range) }
    return try opaque(range)
  }

  func element(
    of value: Node, at key: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    switch (value.content, key.content) {
    case (.dictionary(let dictionary), _):
      guard let key = NodeKey(key) else { return try opaque(range) }
      guard let entry = dictionary.entries[key] else {
        throw error(range, "there is no '\(key.text)' in this dictionary")
      }
      return entry.value
    case (.list(let elements), .int(let index)), (.tuple(let elements), .int(let index)):
      let place = index < 0 ? index &+ elements.count : index
      guard elements.indices.contains(place) else {
        throw error(range, "there are \(elements.count) elements and none at \(index)")
      }
      return elements[place]
    case (.string(let text), .int(let index)):
      let characters = Array(text.unicodeScalars)
      let place = index < 0 ? index &+ characters.count : index
      guard characters.indices.contains(place) else {
        throw error(range, "the text has \(characters.count) characters and none at \(index)")
      }
      return try node(.string(String(Character(characters[place]))), range)
    default: return try opaque(range)
    }
  }

  private func slice(
    _ value: Node, _ from: Node?, _ to: Node?, _ step: Node?, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    func bound(_ node: Node?) -> Int?? {
      switch node?.content {
      case nil, .some(.none): .some(nil)
      case .some(.int(let value)): .some(value)
      default: nil
      }
    }
    guard let from = bound(from), let to = bound(to), let step = bound(step) else {
      return try opaque(range)
    }
    guard step != 0 else { throw error(range, "the step of a slice must not be 0") }
    func pick<Element>(_ elements: [Element]) -> [Element] {
      let count = elements.count
      let step = step ?? 1
      func clamp(_ bound: Int, _ low: Int, _ high: Int) -> Int {
        min(max(bound < 0 ? max(bound, -count - 1) + count : bound, low), high)
      }
      var place =
        from.map { clamp($0, step > 0 ? 0 : -1, step > 0 ? count : count - 1) }
        ?? (step > 0 ? 0 : count - 1)
      let end =
        to.map { clamp($0, step > 0 ? 0 : -1, step > 0 ? count : count - 1) }
        ?? (step > 0 ? count : -1)
      var result: [Element] = []
      while step > 0 ? place < end : place > end {
        result.append(elements[place])
        let (next, overflow) = place.addingReportingOverflow(step)
        if overflow { break }
        place = next
      }
      return result
    }
    switch value.content {
    case .list(let elements): return try node(.list(pick(elements)), range)
    case .tuple(let elements): return try node(.tuple(pick(elements)), range)
    case .string(let text):
      var result = String.UnicodeScalarView()
      result.append(contentsOf: pick(Array(text.unicodeScalars)))
      return try node(.string(String(result)), range)
    default: return try opaque(range)
    }
  }

  // MARK: Comprehensions

  private func comprehend(
    _ comprehension: Expression.Comprehension, _ expression: Expression
  ) throws(ConfigError) -> Node {
    let range = expression.range
    var isGenerator = false
    if case .generator = comprehension.result { isGenerator = true }
    if isGenerator, !CodeEffects([], [expression]).isPure {
      // Nothing happens before the values are taken, which may be later or never.
      _ = try evaluate(comprehension.clauses[0].values)
      return try cloud([expression], range)
    }
    var values: [Node] = []
    var entries: OrderedDictionary<NodeKey, NodeDictionary.Entry> = [:]
    scopes.append([:])
    defer { scopes.removeLast() }
    let isKnown = try iterate(comprehension, clause: 0, range) { () throws(ConfigError) in
      guard case .dictionary(let key) = comprehension.result else {
        values.append(try self.evaluate(comprehension.element))
        return true
      }
      let keyNode = try self.evaluate(key)
      let value = try self.evaluate(comprehension.element)
      guard let key = NodeKey(keyNode) else { return false }
      entries[key] = NodeDictionary.Entry(value: value, source: self.source, range: range)
      return true
    }
    guard isKnown else {
      for value in values { push(value) }
      return try cloud([expression], range)
    }
    switch comprehension.result {
    case .list: return try node(.list(values), range)
    case .generator:
      let now = moment
      return try node(
        .stream(Stream(values, isOnce: true) { [weak self] _ in self?.moment == now }), range)
    case .dictionary: return try node(.dictionary(NodeDictionary(entries: entries)), range)
    case .set: return try opaque(range)
    }
  }

  /// Runs the body for every combination of elements; false as soon as a value or condition is not known.
  private func iterate(
    _ comprehension: Expression.Comprehension, clause index: Int, _ range: Range<Int>,
    _ body: () throws(ConfigError) -> Bool
  ) throws(ConfigError) -> Bool {
    guard index < comprehension.clauses.count else { return try body() }
    let clause = comprehension.clauses[index]
    return try each(of: try evaluate(clause.values), range) { element throws(ConfigError) in
      try assign(element, to: clause.target, clause.target.range)
      for condition in clause.conditions {
        guard let isTrue = truth(of: try evaluate(condition)) else { return false }
        if !isTrue { return true }
      }
      return try iterate(comprehension, clause: index + 1, range, body)
    }
  }
}

extension Range<Int> {
  func dropLast(_ count: Int) -> Range<Int> {
    lowerBound..<Swift.max(lowerBound, upperBound - count)
  }
}
