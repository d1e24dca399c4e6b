import Glibc
import OrderedCollections

extension Evaluator {
  /// Whether a value is true in Python; nil if the value is not known.
  func truth(of node: Node) -> Bool? {
    switch node.content {
    case .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let elements), .tuple(let elements): !elements.isEmpty
    case .dictionary(let dictionary): !dictionary.entries.isEmpty
    case .stream(let stream) where !stream.isOnce && stream.isCurrent(stream.rows.count):
      !stream.rows.isEmpty
    case .opaque, .imported, .module, .function, .stream: nil
    }
  }

  func apply(
    _ sign: Expression.UnaryOperator, _ value: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    if sign == .not {
      guard let isTrue = truth(of: value) else { return try opaque(range) }
      return try node(.bool(!isTrue), range)
    }
    switch (sign, Number(value)) {
    case (.plus, .int(let value)): return try node(.int(value), range)
    case (.plus, .float(let value)): return try node(.float(value), range)
    case (.minus, .int(let value)) where value != .min: return try node(.int(-value), range)
    case (.minus, .float(let value)): return try node(.float(-value), range)
    case (.invert, .int(let value)): return try node(.int(~value), range)
    default: return try opaque(range)
    }
  }

  /// A number, or a bool as the integer that it is in Python.
  enum Number {
    case int(Int)
    case float(Double)

    init?(_ node: Node) {
      switch node.content {
      case .bool(let value): self = .int(value ? 1 : 0)
      case .int(let value): self = .int(value)
      case .float(let value): self = .float(value)
      default: return nil
      }
    }

    var double: Double {
      switch self {
      case .int(let value): Double(value)
      case .float(let value): value
      }
    }

    var isNaN: Bool { double.isNaN }

    /// Negative, 0 or positive, as this number is less, equal or greater; nil with a NaN.
    ///
    /// Python compares integers with floats exactly: rounding the integer to a float first would make some equal.
    func order(to other: Number) -> Int? {
      switch (self, other) {
      case (.int(let a), .int(let b)): return a < b ? -1 : a > b ? 1 : 0
      case (.float(let a), .float(let b)):
        return a.isNaN || b.isNaN ? nil : a < b ? -1 : a > b ? 1 : 0
      case (.float, .int): return other.order(to: self).map { -$0 }
      case (.int(let a), .float(let b)):
        guard !b.isNaN else { return nil }
        guard let whole = Int(exactly: b.rounded(.towardZero)) else { return b > 0 ? -1 : 1 }
        guard a == whole else { return a < whole ? -1 : 1 }
        let rest = b - b.rounded(.towardZero)
        return rest > 0 ? -1 : rest < 0 ? 1 : 0
      }
    }
  }

  func combine(
    _ left: Node, _ operation: Expression.BinaryOperator, _ right: Node, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    if case .bool(let a) = left.content, case .bool(let b) = right.content {
      switch operation {
      case .and: return try node(.bool(a && b), range)
      case .or: return try node(.bool(a || b), range)
      case .exclusiveOr: return try node(.bool(a != b), range)
      default: break
      }
    }
    if let a = Number(left), let b = Number(right) {
      guard let content = try compute(a, operation, b, range) else { return try opaque(range) }
      return try node(content, range)
    }
    switch (operation, left.content, right.content) {
    case (.add, .list(let a), .list(let b)):
      try budget.claim(a.count + b.count, source, range)
      return try node(.list(a + b), range)
    case (.add, .tuple(let a), .tuple(let b)):
      try budget.claim(a.count + b.count, source, range)
      return try node(.tuple(a + b), range)
    case (.add, .string(let a), .string(let b)):
      return try node(.string(a + b), range)
    case (.multiply, _, .int), (.multiply, _, .bool), (.multiply, .int, _), (.multiply, .bool, _):
      guard case .int(let count)? = Number(right) ?? Number(left) else { return try opaque(range) }
      return try repeated(Number(right) == nil ? right : left, count, range)
    case (.modulo, .string(let format), _):
      return try percentFormat(format, right, range)
    case (.or, .dictionary(let a), .dictionary(let b)) where !a.isConfig:
      var joined = a
      for (key, entry) in b.entries { joined.entries[key] = entry }
      return try node(.dictionary(joined), range)
    default: return try opaque(range)
    }
  }

  private func repeated(
    _ value: Node, _ count: Int, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    let count = max(count, 0)
    func claim(_ length: Int) throws(ConfigError) {
      let (total, overflow) = length.multipliedReportingOverflow(by: count)
      try budget.claim(overflow ? .max : total, source, range)
    }
    switch value.content {
    case .list(let elements):
      try claim(elements.count)
      return try node(.list(Array(repeatElement(elements, count: count).joined())), range)
    case .tuple(let elements):
      try claim(elements.count)
      return try node(.tuple(Array(repeatElement(elements, count: count).joined())), range)
    case .string(let text):
      let (total, overflow) = text.utf8.count.multipliedReportingOverflow(by: count)
      try budget.claim(bytes: overflow ? .max : total, source, range)
      return try node(.string(String(repeating: text, count: count)), range)
    default: return try opaque(range)
    }
  }

  /// The result of arithmetic; nil if it does not fit into 64 bits, although Python's integers could hold it.
  private func compute(
    _ left: Number, _ operation: Expression.BinaryOperator, _ right: Number, _ range: Range<Int>
  ) throws(ConfigError) -> Node.Content? {
    let zero = "a division by 0 is an error in Python"
    if case .int(let a) = left, case .int(let b) = right {
      func checked(_ result: (partialValue: Int, overflow: Bool)) -> Node.Content? {
        result.overflow ? nil : .int(result.partialValue)
      }
      switch operation {
      case .add: return checked(a.addingReportingOverflow(b))
      case .subtract: return checked(a.subtractingReportingOverflow(b))
      case .multiply: return checked(a.multipliedReportingOverflow(by: b))
      case .divide:
        guard b != 0 else { throw error(range, zero) }
        // Beyond 2^53 Python rounds the exact quotient, but `Double(a) / Double(b)` would round three times.
        guard a.magnitude <= 1 << 53, b.magnitude <= 1 << 53 else { return nil }
        return .float(Double(a) / Double(b))
      case .floorDivide, .modulo:
        guard b != 0 else { throw error(range, zero) }
        let (quotient, overflow) = a.dividedReportingOverflow(by: b)
        guard !overflow else { return nil }
        let rest = a - quotient * b
        let isBelow = rest != 0 && (rest < 0) != (b < 0)
        return .int(
          operation == .modulo ? (isBelow ? rest + b : rest) : (isBelow ? quotient - 1 : quotient))
      case .power: return try power(a, b, range)
      case .or: return .int(a | b)
      case .and: return .int(a & b)
      case .exclusiveOr: return .int(a ^ b)
      case .leftShift:
        guard b >= 0 else { throw error(range, "a shift by a negative number is an error") }
        try checkBits((Int.bitWidth - a.magnitude.leadingZeroBitCount), b, range)
        return b < 63 && a.magnitude.leadingZeroBitCount > b + 1
          ? .int(a << b) : a == 0 ? .int(0) : nil
      case .rightShift:
        guard b >= 0 else { throw error(range, "a shift by a negative number is an error") }
        return .int(a >> min(b, 63))
      case .matrix: return nil
      }
    }
    let a = left.double
    let b = right.double
    switch operation {
    case .add: return .float(a + b)
    case .subtract: return .float(a - b)
    case .multiply: return .float(a * b)
    case .divide:
      guard b != 0 else { throw error(range, zero) }
      return .float(a / b)
    case .floorDivide, .modulo:
      guard b != 0 else { throw error(range, zero) }
      // In Python the remainder has the divisor's sign, and the quotient follows from the remainder.
      var rest = fmod(a, b)
      if rest != 0, (rest < 0) != (b < 0) { rest += b }
      if rest == 0 { rest = copysign(0, b) }
      if operation == .modulo { return .float(rest) }
      let quotient = (a - rest) / b
      let floor = quotient.rounded(.down)
      return .float(quotient - floor > 0.5 ? floor + 1 : floor)
    case .power:
      let result = pow(a, b)
      // A NaN may be a complex number in Python, and an infinity an error.
      return result.isNaN || result.isInfinite ? nil : .float(result)
    default: return nil
    }
  }

  private func power(_ a: Int, _ b: Int, _ range: Range<Int>) throws(ConfigError) -> Node.Content? {
    guard b >= 0 else {
      guard a != 0 else { throw error(range, "0 has no negative power") }
      return .float(pow(Double(a), Double(b)))
    }
    if a == 0 || a == 1 { return .int(b == 0 ? 1 : a) }
    if a == -1 { return .int(b & 1 == 0 ? 1 : -1) }
    let bits = Int.bitWidth - a.magnitude.leadingZeroBitCount
    let (total, overflow) = bits.multipliedReportingOverflow(by: b)
    try checkBits(overflow ? .max : total, 0, range)
    var result = 1
    for _ in 0..<b {
      let (product, overflow) = result.multipliedReportingOverflow(by: a)
      if overflow { return nil }
      result = product
    }
    return .int(result)
  }

  private func checkBits(_ bits: Int, _ more: Int, _ range: Range<Int>) throws(ConfigError) {
    let (sum, overflow) = bits.addingReportingOverflow(more)
    guard !overflow, sum <= ConfigLimits.powerBits else {
      let text = source.excerpt(range)
      throw error(
        range, "the number is too large for a configuration: \(text.prefix(60))")
    }
  }

  // MARK: Comparison

  /// The result of a comparison; nil if it is not known.
  func compare(
    _ left: Node, _ comparison: Expression.ComparisonOperator, _ right: Node
  ) throws(ConfigError) -> Bool? {
    switch comparison {
    case .equal: return try isEqual(left, right)
    case .notEqual: return try isEqual(left, right).map { !$0 }
    case .isSame, .isNotSame:
      guard case .none = right.content, !left.isOpaque else { return nil }
      var isNone = false
      if case .none = left.content { isNone = true }
      return isNone == (comparison == .isSame)
    case .isIn, .isNotIn:
      guard let isInside = try contains(right, left) else { return nil }
      return isInside == (comparison == .isIn)
    case .less, .lessEqual, .greater, .greaterEqual:
      if case .string(let a) = left.content, case .string(let b) = right.content {
        // Python compares code points, and UTF-8 bytes have the same order.
        let isLess = a.utf8.lexicographicallyPrecedes(b.utf8)
        let isGreater = b.utf8.lexicographicallyPrecedes(a.utf8)
        return Self.holds(comparison, isLess, isGreater)
      }
      guard let a = Number(left), let b = Number(right) else { return nil }
      guard let order = a.order(to: b) else { return false }
      return Self.holds(comparison, order < 0, order > 0)
    }
  }

  private static func holds(
    _ comparison: Expression.ComparisonOperator, _ isLess: Bool, _ isGreater: Bool
  ) -> Bool {
    switch comparison {
    case .less: isLess
    case .lessEqual: !isGreater
    case .greater: isGreater
    default: !isLess
    }
  }

  private func contains(_ container: Node, _ value: Node) throws(ConfigError) -> Bool? {
    switch container.content {
    case .dictionary(let dictionary):
      return NodeKey(value).map { dictionary.entries[$0] != nil }
    case .stream(let stream):
      guard !stream.isOnce, let rows = stream.take() else {
        stream.isTaken = true
        return nil
      }
      return try contains(try node(.list(rows), container.range), value)
    case .string(let text):
      guard case .string(let part) = value.content else { return nil }
      return PythonText.contains(text, part)
    case .list(let elements), .tuple(let elements):
      var isKnown = true
      for element in elements {
        switch try isEqual(element, value) {
        case true?: return true
        case nil: isKnown = false
        default: break
        }
      }
      return isKnown ? false : nil
    default: return nil
    }
  }

  func isEqual(_ left: Node, _ right: Node, depth: Int = 0) throws(ConfigError) -> Bool? {
    if let a = Number(left), let b = Number(right) {
      return a.order(to: b) == 0
    }
    try checkDepth(depth, left)
    switch (left.content, right.content) {
    case (.stream, _), (_, .stream), (.opaque, _), (_, .opaque), (.imported, _), (_, .imported),
      (.module, _), (_, .module),
      (.function, _), (_, .function):
      return nil
    case (.none, .none): return true
    case (.string(let a), .string(let b)): return PythonText.isEqual(a, b)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      guard a.count == b.count else { return false }
      var isKnown = true
      for (x, y) in zip(a, b) {
        try budget.step(source, left.range)
        switch try isEqual(x, y, depth: depth + 1) {
        case false?: return false
        case nil: isKnown = false
        default: break
        }
      }
      return isKnown ? true : nil
    case (.dictionary(let a), .dictionary(let b)):
      guard a.entries.count == b.entries.count else { return false }
      var isKnown = true
      for (key, entry) in a.entries {
        try budget.step(source, left.range)
        guard let other = b.entries[key] else { return false }
        switch try isEqual(entry.value, other.value, depth: depth + 1) {
        case false?: return false
        case nil: isKnown = false
        default: break
        }
      }
      return isKnown ? true : nil
    default: return false
    }
  }

  func checkDepth(_ depth: Int, _ node: Node) throws(ConfigError) {
    guard depth <= ConfigLimits.valueDepth else {
      throw node.source.error(
        at: node.range.lowerBound,
        "values are nested more than \(ConfigLimits.valueDepth) deep, or contain themselves")
    }
  }
}
