import Glibc
import OrderedCollections

/// The evaluated arguments of a call.
struct CallArguments {
  var positional: [Node] = []
  var keywords: OrderedDictionary<NodeKey, NodeDictionary.Entry> = [:]
  /// False if a value after `*` or `**` is not known.
  var isKnown = true

  var all: [Node] { positional + keywords.values.map(\.value) }

  subscript(keyword: String) -> Node? { keywords[.string(keyword)]?.value }
}

extension Evaluator {
  func evaluate(_ arguments: [Expression.Argument]) throws(ConfigError) -> CallArguments {
    var result = CallArguments()
    for argument in arguments {
      let value = try evaluate(argument.value)
      switch argument.style {
      case .positional: result.positional.append(value)
      case .keyword(let name):
        guard result.keywords[.string(name)] == nil else {
          throw error(argument.range, "'\(name)' is given twice")
        }
        result.keywords[.string(name)] = NodeDictionary.Entry(
          value: value, source: source, range: argument.range)
      case .star:
        if let elements = try iteration(value, argument.range) {
          try budget.claim(elements.count, source, argument.range)
          result.positional += elements
        } else {
          result.isKnown = false
          result.positional.append(value)
        }
      case .doubleStar:
        guard let dictionary = value.dictionary else {
          result.isKnown = false
          result.positional.append(value)
          continue
        }
        try budget.claim(dictionary.entries.count, source, argument.range)
        for (key, entry) in dictionary.entries {
          guard result.keywords[key] == nil else {
            throw error(argument.range, "'\(key.text)' is given twice")
          }
          result.keywords[key] = entry
        }
      }
    }
    return result
  }

  func call(
    _ function: Node, _ arguments: [Expression.Argument], _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    guard case .module(let name) = function.content else {
      let given = try evaluate(arguments)
      if hasUnknownCode { spoilAll(range) }
      spoil(function, range)
      for argument in given.all { spoil(argument, range) }
      return try opaque(range)
    }
    let given = try evaluate(
      Self.takingAll.contains(name) ? arguments.map(Self.listing) : arguments)
    if given.isKnown, let result = try builtin(name, given, range) { return result }
    if CodeEffects.anything.contains(name.split(separator: ".").last.map(String.init) ?? name) {
      spoilAll(range)
    } else if !Self.harmless.contains(name) {
      for argument in given.all { spoil(argument, range) }
    } else if !given.keywords.isEmpty, name != "builtins.dict" {
      // The function in `key=` is given the elements.
      for argument in given.positional {
        for element in (try? iteration(argument, range)) ?? [] { spoil(element, range) }
      }
    }
    return try opaque(range)
  }

  /// Functions that take all values of a generator at once.
  private static let takingAll: Set<String> = Set(
    ["list", "tuple", "sorted", "set", "frozenset", "dict", "sum", "min", "max"].map {
      "builtins." + $0
    })

  /// The argument with a generator replaced by the list of its values.
  private static func listing(_ argument: Expression.Argument) -> Expression.Argument {
    guard case .comprehension(var comprehension) = argument.value.kind,
      case .generator = comprehension.result
    else { return argument }
    comprehension.result = .list
    var argument = argument
    argument.value.kind = .comprehension(comprehension)
    return argument
  }

  /// Functions that do not change their arguments.
  static let harmless: Set<String> = Set(
    [
      "abs", "all", "any", "bool", "dict", "enumerate", "float", "frozenset", "hasattr", "hash",
      "id", "int", "isinstance", "issubclass", "len", "list", "max", "min", "pow", "print",
      "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
    ].map { "builtins." + $0 })

  /// The result of a known Python function; nil if the function or its result is not known.
  private func builtin(
    _ name: String, _ given: CallArguments, _ range: Range<Int>
  ) throws(ConfigError) -> Node? {
    let arguments = given.positional
    switch name {
    case "builtins.dict", "collections.OrderedDict":
      return try makeDictionary(given, range)
    case "copy.deepcopy", "copy.copy":
      guard arguments.count == 1, given.keywords.isEmpty else { return nil }
      if name == "copy.deepcopy" { return try copied(arguments[0]) }
      guard let first = try? call(method: "copy", of: arguments[0], [], range) else { return nil }
      return first
    case "builtins.enumerate":
      guard let first = arguments.first else { return nil }
      let watch = Stream.watch(first)
      guard let elements = try iteration(first, range) else { return nil }
      var start = 0
      if let given = given["start"] ?? (arguments.count > 1 ? arguments[1] : nil) {
        guard case .int(let value) = given.content, value.magnitude < 1 << 40 else { return nil }
        start = value
      }
      var pairs: [Node] = []
      for (index, element) in elements.enumerated() {
        pairs.append(
          try node(.tuple([try node(.int(start + index), range), element]), range))
      }
      return try stream(pairs, of: first, watch: watch, range)
    case "os.path.join", "posixpath.join":
      var path = ""
      for argument in arguments {
        guard case .string(let part) = argument.content else { return nil }
        path =
          PythonText.hasPrefix(part, "/")
          ? part
          : path.isEmpty || PythonText.hasSuffix(path, "/")
            ? path + part : "\(path)/\(part)"
      }
      return try node(.string(path), range)
    default: break
    }
    guard name.hasPrefix("builtins."), given.keywords.isEmpty else { return nil }
    switch name.dropFirst(9) {
    case "print": return try node(.none, range)
    case "list", "tuple", "sorted", "reversed":
      guard arguments.count <= 1 else { return nil }
      var elements: [Node] = []
      if let first = arguments.first {
        guard let known = try iteration(first, range) else { return nil }
        elements = known
      }
      if name == "builtins.tuple" { return try node(.tuple(elements), range) }
      if name == "builtins.reversed" {
        guard let first = arguments.first, first.elements != nil || first.isRange else {
          return nil
        }
        return try reversed(first, elements, range)
      }
      if name == "builtins.sorted" {
        guard let sorted = Self.sorted(elements) else { return nil }
        elements = sorted
      }
      return try node(.list(elements), range)
    case "zip":
      var columns: [[Node]] = []
      let watches = arguments.map { Stream.watch($0) }
      for argument in arguments {
        guard let elements = try iteration(argument, range) else { return nil }
        columns.append(elements)
      }
      var rows: [Node] = []
      for index in 0..<(columns.map(\.count).min() ?? 0) {
        rows.append(try node(.tuple(columns.map { $0[index] }), range))
      }
      return try node(
        .stream(
          Stream(rows, of: arguments, isOnce: true) { index in watches.allSatisfy { $0(index) } }),
        range)
    case "len":
      guard arguments.count == 1 else { return nil }
      switch arguments[0].content {
      case .string(let text): return try node(.int(text.unicodeScalars.count), range)
      case .list(let elements), .tuple(let elements):
        return try node(.int(elements.count), range)
      case .dictionary(let dictionary):
        return try node(.int(dictionary.entries.count), range)
      case .stream(let stream) where !stream.isOnce && stream.isCurrent(stream.rows.count):
        return try node(.int(stream.rows.count), range)
      default: return nil
      }
    case "range": return try makeRange(arguments, range)
    case "sum":
      guard arguments.count == 1, let elements = try iteration(arguments[0], range) else {
        return nil
      }
      var sum = try node(.int(0), range)
      for element in elements { sum = try combine(sum, .add, element, range) }
      return sum.isOpaque ? nil : sum
    case "min", "max":
      guard let first = arguments.first else { return nil }
      let elements = arguments.count == 1 ? try iteration(first, range) : arguments
      guard let elements, !elements.isEmpty else { return nil }
      var best = elements[0]
      for element in elements.dropFirst() {
        guard
          let isBetter = try compare(element, name.hasSuffix("min") ? .less : .greater, best)
        else { return nil }
        if isBetter { best = element }
      }
      return best
    case "any", "all":
      guard arguments.count == 1, let elements = try iteration(arguments[0], range) else {
        return nil
      }
      let wanted = name.hasSuffix("any")
      for element in elements {
        guard let isTrue = truth(of: element) else { return nil }
        if isTrue == wanted { return try node(.bool(wanted), range) }
      }
      return try node(.bool(!wanted), range)
    case let function:
      guard arguments.count == 1 || function == "round" && arguments.count == 2 else { return nil }
      guard let content = convert(String(function), arguments) else { return nil }
      return try node(content, range)
    }
  }

  private func convert(_ function: String, _ arguments: [Node]) -> Node.Content? {
    let value = arguments[0]
    switch function {
    case "bool": return truth(of: value).map { .bool($0) }
    case "str": return Self.text(of: value).map { .string($0) }
    case "int":
      switch value.content {
      case .bool(let value): return .int(value ? 1 : 0)
      case .int(let value): return .int(value)
      case .float(let value): return Int(exactly: value.rounded(.towardZero)).map { .int($0) }
      case .string(let text): return Int(text).map { .int($0) }
      default: return nil
      }
    case "float":
      if case .string(let text) = value.content {
        let plain = text.utf8.allSatisfy { $0 < 0x80 && $0 > 0x20 && $0 != 0x5F }
        return plain && !text.lowercased().contains("x") ? Double(text).map { .float($0) } : nil
      }
      return Number(value).map { .float($0.double) }
    case "abs":
      switch Number(value) {
      case .int(let value)? where value != .min: return .int(abs(value))
      case .float(let value)?: return .float(abs(value))
      default: return nil
      }
    case "round":
      guard let number = Number(value) else { return nil }
      if arguments.count == 2 {
        guard case .int(let digits) = arguments[1].content, (0...15).contains(digits) else {
          return nil
        }
        if case .int(let value) = number { return .int(value) }
        // Python rounds the exact value to decimals, half to even; printf does the same.
        return Double(Self.fixed(number.double, digits)).map { .float($0) }
      }
      switch number {
      case .int(let value): return .int(value)
      case .float(let value):
        return Int(exactly: value.rounded(.toNearestOrEven)).map { .int($0) }
      }
    default: return nil
    }
  }

  private func makeDictionary(
    _ given: CallArguments, _ range: Range<Int>
  ) throws(ConfigError) -> Node? {
    var dictionary = NodeDictionary()
    guard given.positional.count <= 1 else { return nil }
    if let first = given.positional.first {
      if let other = first.dictionary {
        dictionary.entries = other.entries
      } else {
        guard let rows = try iteration(first, range) else { return nil }
        for row in rows {
          guard let pair = try iteration(row, range), pair.count == 2, let key = NodeKey(pair[0])
          else { return nil }
          dictionary.entries[key] = NodeDictionary.Entry(
            value: pair[1], source: row.source, range: row.range)
        }
      }
    }
    if dictionary.entries.isEmpty {
      dictionary.entries = given.keywords
    } else {
      for (key, entry) in given.keywords { dictionary.entries[key] = entry }
    }
    return try node(.dictionary(dictionary), range)
  }

  private func makeRange(_ arguments: [Node], _ range: Range<Int>) throws(ConfigError) -> Node? {
    var bounds: [Int] = []
    for argument in arguments {
      guard case .int(let value) = argument.content else { return nil }
      bounds.append(value)
    }
    guard (1...3).contains(bounds.count) else { return nil }
    let from = bounds.count > 1 ? bounds[0] : 0
    let to = bounds.count > 1 ? bounds[1] : bounds[0]
    let step = bounds.count > 2 ? bounds[2] : 1
    guard step != 0 else { throw error(range, "the step of a range must not be 0") }
    guard step > 0 ? from < to : from > to else {
      return try node(.stream(Stream([], isOnce: false)), range)
    }
    // The distance of two integers always fits into an unsigned one.
    let distance = UInt(bitPattern: step > 0 ? to &- from : from &- to)
    let count = Int(clamping: (distance - 1) / step.magnitude).addingReportingOverflow(1)
    try budget.claim(count.overflow ? .max : count.partialValue, source, range)
    var values: [Node] = []
    for index in 0..<count.partialValue {
      values.append(try node(.int(from + index * step), range))
    }
    return try node(.stream(Stream(values, isOnce: false)), range)
  }

  /// An iterator over rows that belong to the elements of a value.
  private func stream(
    _ rows: [Node], of source: Node, watch: @escaping (Int) -> Bool, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    try node(.stream(Stream(rows, of: [source], isOnce: true, isCurrent: watch)), range)
  }

  private func reversed(
    _ value: Node, _ elements: [Node], _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    let watch = Stream.watch(value)
    let count = elements.count
    return try stream(
      elements.reversed(), of: value,
      watch: { index in watch(index < count ? count - 1 - index : count) }, range)
  }

  static func sorted(_ elements: [Node]) -> [Node]? {
    if elements.count < 2 { return elements }
    let texts = elements.compactMap { node -> String? in
      if case .string(let text) = node.content { return text }
      return nil
    }
    if texts.count == elements.count {
      return zip(texts, elements).enumerated().sorted {
        PythonText.isEqual($0.element.0, $1.element.0)
          ? $0.offset < $1.offset
          : $0.element.0.utf8.lexicographicallyPrecedes($1.element.0.utf8)
      }.map(\.element.1)
    }
    let numbers = elements.compactMap { Number($0) }
    guard numbers.count == elements.count, !numbers.contains(where: \.isNaN) else { return nil }
    return zip(numbers, elements).enumerated().sorted {
      switch $0.element.0.order(to: $1.element.0) {
      case let order? where order != 0: order < 0
      default: $0.offset < $1.offset
      }
    }.map(\.element.1)
  }
}
