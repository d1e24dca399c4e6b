import Glibc
import OrderedCollections

/// Configurations in YAML and JSON, of mmengine and detectron2.
extension ConfigReader {
  func evaluateDocument(
    _ evaluator: Evaluator, _ language: ConfigLanguage, requiresLazy: Bool?
  ) throws(ConfigError) -> Values {
    let source = evaluator.source
    guard requiresLazy != true, stack.count == 1 || requiresLazy == false else {
      throw ConfigError(
        path: source.path, line: nil,
        reason: "a file of the lazy style imports files in Python only")
    }
    let root =
      language == .json ? try JSONDocument.root(evaluator) : try YAMLDocument.root(evaluator)
    guard let dictionary = root.dictionary else {
      throw source.error(
        at: root.range.lowerBound, "a configuration is a mapping of names to values")
    }
    if stack.count == 1, language != .json, Self.isOfDetectron2(dictionary) { origin = .detectron2 }
    guard origin == .openMMLab else { return try evaluateDetectron2(evaluator, dictionary.entries) }
    for (key, entry) in dictionary.entries {
      guard case .string = key else {
        throw source.error(
          at: entry.range.lowerBound, "'\(key.text)' is no name; write it in quotes")
      }
    }
    let base = dictionary.entries[.string("_base_")]
    var names: [(text: String, range: Range<Int>)] = []
    if let base { names = try paths(base.value) }
    let bases = try readBases(names, evaluator, base?.range ?? 0..<0)
    return try joined(evaluator, dictionary.entries, bases)
  }

  /// The paths in the value of `_base_` or `_BASE_`.
  private func paths(_ value: Node) throws(ConfigError) -> [(text: String, range: Range<Int>)] {
    let elements: [Node]
    if case .list(let list) = value.content { elements = list } else { elements = [value] }
    var paths: [(text: String, range: Range<Int>)] = []
    for element in elements {
      guard case .string(let text) = element.content else {
        throw value.source.error(at: element.range.lowerBound, "a base is named by its path")
      }
      paths.append((text, element.range))
    }
    return paths
  }

  // MARK: detectron2

  private static let detectron2Base = NodeKey.string("_BASE_")

  /// Whether the file is detectron2's, whose top-level names are in capitals.
  private static func isOfDetectron2(_ root: NodeDictionary) -> Bool {
    let names = root.entries.keys.map(\.text)
    return names.contains("_BASE_")
      || !names.isEmpty
        && names.allSatisfy { $0.uppercased() == $0 && $0.contains { $0.isLetter } }
  }

  /// Merges a file with its bases by the rules of `CfgNode.load_yaml_with_base`.
  private func evaluateDetectron2(
    _ evaluator: Evaluator, _ entries: Values
  ) throws(ConfigError) -> Values {
    var own: Values = [:]
    for (key, entry) in entries where key != Self.detectron2Base {
      var entry = entry
      entry.value = try decoded(entry.value, evaluator)
      own[key] = entry
    }
    guard let base = entries[Self.detectron2Base] else { return own }
    var merged: Values = [:]
    for name in try paths(base.value) {
      let path = try locate(name.text, evaluator.source, name.range)
      guard ConfigFile.isFile(path) else {
        throw evaluator.source.error(
          at: name.range.lowerBound, "the base '\(name.text)' leads to no file (\(path))")
      }
      guard ConfigLanguage(rawValue: ConfigFile.ending(path)) != .python else {
        throw evaluator.source.error(
          at: name.range.lowerBound, "the base of a YAML file of detectron2 is in YAML as well")
      }
      let (values, _) = try evaluate(path, requiresLazy: false)
      try merge(values, into: &merged)
    }
    try merge(own, into: &merged)
    return merged
  }

  private func locate(
    _ name: String, _ source: SourceText, _ range: Range<Int>
  ) throws(ConfigError) -> String {
    if name.hasPrefix("http://") || name.hasPrefix("https://") {
      throw source.error(
        at: range.lowerBound, "the base '\(name)' is remote; copy it and write its path")
    }
    if name == "~" || name.hasPrefix("~/"), let home = getenv("HOME") {
      return String(cString: home) + name.dropFirst()
    }
    return ConfigFile.join(ConfigFile.folder(source.path), name)
  }

  private func merge(_ new: Values, into base: inout Values) throws(ConfigError) {
    for (key, entry) in new {
      guard let own = entry.value.dictionary, let old = base[key] else {
        base[key] = entry
        continue
      }
      guard var inner = old.value.dictionary else {
        throw entry.source.error(
          at: entry.range.lowerBound,
          "'\(key.text)' is a mapping here and none in \(old.source.path)")
      }
      try merge(own.entries, into: &inner.entries)
      let node = Node(.dictionary(inner), entry.source, entry.range)
      try budget.keep(node)
      base[key] = NodeDictionary.Entry(value: node, source: entry.source, range: entry.range)
    }
  }

  /// The value with strings that are Python literals evaluated, as in detectron2: `"(1333, 800)"`, `1e-3`.
  private func decoded(_ node: Node, _ evaluator: Evaluator) throws(ConfigError) -> Node {
    switch node.content {
    case .string(let text):
      // Only a short literal on one line is evaluated; any other text stays a string.
      guard text.utf8.count < 4096, let first = text.utf8.first,
        "([{-+.0123456789'\"TFN".utf8.contains(first),
        let source = try? SourceText(path: evaluator.source.path, file: Array(text.utf8)),
        source.text == source.file, let statements = try? Parser.statements(of: source),
        statements.count == 1, case .expression(let expression) = statements[0].kind,
        let content = literal(expression, node, depth: 0)
      else { return node }
      let result = Node(content, node.source, node.range)
      try budget.keep(result)
      return result
    case .dictionary(var dictionary):
      for (key, entry) in dictionary.entries {
        dictionary.entries[key]!.value = try decoded(entry.value, evaluator)
      }
      let result = Node(.dictionary(dictionary), node.source, node.range)
      try budget.keep(result)
      return result
    default: return node
    }
  }

  /// The result of `ast.literal_eval` for constants, signs, lists and tuples; nil for any other expression.
  private func literal(_ expression: Expression, _ node: Node, depth: Int) -> Node.Content? {
    func nodes(_ elements: [Expression.Element]) -> [Node]? {
      var result: [Node] = []
      for element in elements {
        guard !element.isStarred, let content = literal(element.value, node, depth: depth + 1)
        else { return nil }
        let part = Node(content, node.source, node.range)
        guard (try? budget.keep(part)) != nil else { return nil }
        result.append(part)
      }
      return result
    }
    guard depth < ConfigLimits.brackets else { return nil }
    switch expression.kind {
    case .constant(let constant): return constant.isOpaque ? nil : constant.content
    case .list(let elements): return nodes(elements).map { .list($0) }
    case .tuple(let elements): return nodes(elements).map { .tuple($0) }
    case .unary(let sign, let value):
      switch (sign, literal(value, node, depth: depth + 1)) {
      case (.plus, let number?): return number
      case (.minus, .int(let number)?):
        let (result, overflow) = 0.subtractingReportingOverflow(number)
        return overflow ? nil : .int(result)
      case (.minus, .float(let number)?): return .float(-number)
      default: return nil
      }
    default: return nil
    }
  }
}
