import OrderedCollections

/// The names of the methods of lists, dictionaries and strings that configurations call.
enum Methods {
  static func isMethod(_ name: String, of value: Node) -> Bool {
    switch value.content {
    case .list, .tuple: lists.contains(name)
    case .dictionary: dictionaries.contains(name) || name.hasPrefix("__")
    case .string: strings.contains(name)
    default: false
    }
  }

  /// Whether the methods of built-in values with a name change neither these nor their arguments.
  static func areReading(_ name: String) -> Bool { reading.contains(name) }

  private static let reading: Set<String> = strings.union([
    "get", "items", "keys", "values", "copy", "index", "count", "to_dict", "deepcopy",
  ])
  private static let lists: Set<String> = [
    "append", "extend", "insert", "pop", "remove", "index", "count", "copy", "reverse", "clear",
    "sort",
  ]
  private static let dictionaries: Set<String> = [
    "update", "pop", "get", "items", "keys", "values", "copy", "setdefault", "clear", "popitem",
    "merge", "to_dict", "deepcopy", "freeze", "unfreeze", "fromkeys",
  ]
  private static let strings: Set<String> = [
    "format", "join", "split", "replace", "lower", "upper", "strip", "lstrip", "rstrip",
    "startswith", "endswith",
  ]
}

extension Evaluator {
  func call(
    method name: String, of value: Node, _ arguments: [Expression.Argument], _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    let given = try evaluate(arguments)
    if !Methods.areReading(name) { moment += 1 }
    var result: Node?
    if name == "append", value.isList, given.all.count == 1, given.positional.count == 1 {
      // Without a copy of the elements in hand, the list is not copied.
      try budget.claim(1, source, range)
      value.changeList { $0.append(given.positional[0]) }
      return try node(.none, range)
    }
    if given.isKnown {
      switch value.content {
      case .dictionary(let dictionary):
        result = try dictionaryMethod(name, value, dictionary, given, range)
      case .list(let elements):
        try budget.step(source, range, length: elements.count)
        result = try listMethod(name, value, elements, given, range)
      case .tuple(let elements):
        if name == "index" || name == "count" {
          result = try listMethod(name, value, elements, given, range)
        }
      case .string(let text): result = try stringMethod(name, text, given, range)
      default: break
      }
    }
    if let result { return result }
    if !Methods.areReading(name) {
      for argument in given.all { absorb(argument, in: value, range) }
      spoil(value, range)
    }
    return try opaque(range)
  }

  private func dictionaryMethod(
    _ name: String, _ value: Node, _ dictionary: NodeDictionary, _ given: CallArguments,
    _ range: Range<Int>
  ) throws(ConfigError) -> Node? {
    let arguments = given.positional
    switch name {
    case "update":
      guard arguments.count <= 1 else { return nil }
      if let first = arguments.first {
        guard first.dictionary != nil else { return nil }
        try update(value, with: first)
      }
      if !given.keywords.isEmpty {
        try update(
          value,
          with: try node(.dictionary(NodeDictionary(entries: given.keywords)), range))
      }
      return try node(.none, range)
    case "get", "pop", "setdefault":
      guard let first = arguments.first, arguments.count <= 2, let key = NodeKey(first) else {
        return nil
      }
      let fallback = arguments.count > 1 ? arguments[1] : given["default"]
      if let entry = dictionary.entries[key] {
        if name == "pop" { value.change { $0.removeValue(forKey: key) } }
        return entry.value
      }
      // `pop` of a missing key returns None in mmengine's `ConfigDict` and raises KeyError in Python's dict.
      if name == "pop", fallback == nil, !dictionary.isConfig {
        throw error(range, "there is no key '\(key.text)' to pop")
      }
      let missing: Node
      if let fallback { missing = fallback } else { missing = try node(.none, range) }
      if name == "setdefault" {
        let new = dictionary.isConfig ? try hooked(missing) : missing
        value.change {
          $0[key] = NodeDictionary.Entry(value: new, source: source, range: range)
        }
        return new
      }
      return missing
    case "keys", "items", "values":
      guard arguments.isEmpty else { return nil }
      var rows: [Node] = []
      for (key, entry) in dictionary.entries {
        if name == "values" {
          rows.append(entry.value)
          continue
        }
        guard let key = try node(of: key, range) else { return nil }
        rows.append(name == "keys" ? key : try node(.tuple([key, entry.value]), range))
      }
      return try node(
        .stream(
          Stream(
            rows, of: [value], isOnce: false,
            isCurrent: Stream.watch(value, withValues: name != "keys"))), range)
    case "copy":
      guard arguments.isEmpty else { return nil }
      var copy = dictionary
      if copy.isConfig {
        for (key, entry) in dictionary.entries where !entry.value.isScalar {
          copy.entries[key]!.value = try hooked(entry.value)
        }
      }
      return try node(.dictionary(copy), range)
    case "clear":
      value.change { $0.removeAll() }
      return try node(.none, range)
    case "merge":
      guard dictionary.isConfig, given.keywords.isEmpty, arguments.count == 1,
        arguments[0].dictionary != nil
      else { return nil }
      let merged = try self.merged(try copied(arguments[0]), into: try copied(value))
      guard let entries = try hooked(merged).dictionary?.entries else { return nil }
      value.change { $0 = entries }
      return try node(.none, range)
    default: return nil
    }
  }

  /// The result of mmengine's `ConfigDict.merge`, with `_delete_`; lazy configurations change imported values with it.
  private func merged(
    _ new: Node, into old: Node, depth: Int = 0
  ) throws(ConfigError) -> Node {
    try checkDepth(depth, new)
    guard var own = new.dictionary else { return new }
    let mark = own.entries.removeValue(forKey: .string("_delete_"))
    guard let base = old.dictionary else {
      return try node(.dictionary(own), like: new)
    }
    var result = NodeDictionary()
    let isDeleted = mark.map { truth(of: $0.value) } ?? false
    guard let isDeleted else {
      throw error(new.range, "whether '_delete_' deletes cannot be known")
    }
    if !isDeleted { result.entries = base.entries }
    for (key, entry) in own.entries {
      var entry = entry
      if let inner = result.entries[key]?.value {
        entry.value = try merged(entry.value, into: inner, depth: depth + 1)
      } else if var inner = entry.value.dictionary {
        inner.entries.removeValue(forKey: .string("_delete_"))
        entry.value = try node(.dictionary(inner), like: entry.value)
      }
      result.entries[key] = entry
    }
    return try node(.dictionary(result), like: new)
  }

  private func node(_ content: Node.Content, like other: Node) throws(ConfigError) -> Node {
    let node = Node(content, other.source, other.range)
    try budget.keep(node)
    return node
  }

  private func listMethod(
    _ name: String, _ value: Node, _ elements: [Node], _ given: CallArguments,
    _ range: Range<Int>
  ) throws(ConfigError) -> Node? {
    let arguments = given.positional
    guard given.keywords.isEmpty else { return nil }
    func index(_ node: Node) -> Int? {
      if case .int(let index) = node.content { return index }
      return nil
    }
    switch (name, arguments.count) {
    case ("extend", 1):
      guard let more = try iteration(arguments[0], range) else { return nil }
      try budget.claim(more.count, source, range)
      value.changeList { $0 += more }
    case ("insert", 2):
      guard let place = index(arguments[0]) else { return nil }
      try budget.claim(1, source, range)
      let count = elements.count
      let target = place < 0 ? max(max(place, -count) + count, 0) : min(place, count)
      value.changeList { $0.insert(arguments[1], at: target) }
    case ("pop", 0...1):
      guard let place = arguments.isEmpty ? -1 : index(arguments[0]) else { return nil }
      let target = place < 0 ? place &+ elements.count : place
      guard elements.indices.contains(target) else {
        throw error(range, "the list has \(elements.count) elements and none at \(place)")
      }
      value.changeList { $0.remove(at: target) }
      return elements[target]
    case ("remove", 1), ("index", 1), ("count", 1):
      var count = 0
      for (place, element) in elements.enumerated() {
        guard let isSame = try isEqual(element, arguments[0]) else { return nil }
        guard isSame else { continue }
        if name == "remove" {
          value.changeList { $0.remove(at: place) }
          return try node(.none, range)
        }
        if name == "index" { return try node(.int(place), range) }
        count += 1
      }
      if name == "count" { return try node(.int(count), range) }
      throw error(range, "the list has no such element")
    case ("copy", 0): return try node(.list(elements), range)
    case ("reverse", 0): value.changeList { $0.reverse() }
    case ("clear", 0): value.changeList { $0.removeAll() }
    case ("sort", 0):
      guard let sorted = Self.sorted(elements) else { return nil }
      value.changeList { $0 = sorted }
    default: return nil
    }
    return try node(.none, range)
  }

  private func stringMethod(
    _ name: String, _ text: String, _ given: CallArguments, _ range: Range<Int>
  ) throws(ConfigError) -> Node? {
    let arguments = given.positional
    if name == "format" { return try braceFormat(text, given, range) }
    var texts: [String] = []
    for argument in arguments {
      if case .string(let text) = argument.content { texts.append(text) }
    }
    guard given.keywords.isEmpty else { return nil }
    if name == "join", arguments.count == 1 {
      var parts: [String] = []
      for part in try iteration(arguments[0], range) ?? [arguments[0]] {
        guard case .string(let text) = part.content else { return nil }
        parts.append(text)
      }
      return try node(.string(parts.joined(separator: text)), range)
    }
    guard texts.count == arguments.count else { return nil }
    switch (name, texts.count) {
    case ("split", 1) where !texts[0].isEmpty:
      var parts: [Node] = []
      for part in PythonText.split(text, at: texts[0]) {
        parts.append(try node(.string(part), range))
      }
      return try node(.list(parts), range)
    case ("replace", 2) where !texts[0].isEmpty:
      // An upper bound of the result: each byte of the text becomes the new text.
      let (bound, overflow) = text.utf8.count.multipliedReportingOverflow(
        by: max(texts[1].utf8.count, 1))
      try budget.claim(bytes: overflow ? .max : bound, source, range)
      return try node(.string(PythonText.replacing(text, texts[0], with: texts[1])), range)
    case ("lower", 0) where text.utf8.allSatisfy({ $0 < 0x80 }):
      return try node(.string(text.lowercased()), range)
    case ("upper", 0) where text.utf8.allSatisfy({ $0 < 0x80 }):
      return try node(.string(text.uppercased()), range)
    case ("startswith", 1): return try node(.bool(PythonText.hasPrefix(text, texts[0])), range)
    case ("endswith", 1): return try node(.bool(PythonText.hasSuffix(text, texts[0])), range)
    case ("strip", 0), ("lstrip", 0), ("rstrip", 0):
      return try node(
        .string(PythonText.stripped(text, left: name != "rstrip", right: name != "lstrip")), range)
    default: return nil
    }
  }
}
