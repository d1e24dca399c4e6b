import CPthOnDemand
import OrderedCollections

/// Reads a YAML file by the rules of PyYAML: libyaml parses the text, and scalars and tags are resolved here.
struct YAMLDocument {
  private let evaluator: Evaluator
  private let reader: OpaquePointer
  /// The byte offset of each character in the source; empty if the source is ASCII.
  private let offsets: [UInt32]
  private var anchors: [String: Node] = [:]
  /// The anchors of values that are still being read, to find cycles.
  private var open: Set<String> = []

  private var source: SourceText { evaluator.source }

  /// Stands for the mark of a reference to a base, since YAML does not allow the control character of that mark.
  private static let mark = "\u{E000}"

  /// The value of the only document in the file.
  static func root(_ evaluator: Evaluator) throws(ConfigError) -> Node {
    let source = evaluator.source
    // The byte 1 in the text is the mark that ``Template`` puts there; in the file itself YAML does not allow it.
    if let control = source.file.firstIndex(of: 1) {
      throw source.error(at: control, "there is a control character, which YAML does not have")
    }
    var text = source.text
    if text.contains(1) {
      text = Array(
        PythonText.replacing(String(decoding: text, as: UTF8.self), Template.mark, with: mark).utf8)
    }
    let result = text.withUnsafeBufferPointer { bytes -> Result<Node, ConfigError> in
      guard let reader = yaml_reader_open(bytes.baseAddress, bytes.count) else {
        return .failure(
          ConfigError(
            path: source.path, line: nil,
            reason: yaml_has_library()
              ? "there is not enough memory to read it"
              : "reading YAML takes libyaml (Debian's libyaml-0-2), which is not installed"))
      }
      defer { yaml_reader_close(reader) }
      var document = YAMLDocument(evaluator, reader)
      do throws(ConfigError) {
        return .success(try document.root())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(_ evaluator: Evaluator, _ reader: OpaquePointer) {
    self.evaluator = evaluator
    self.reader = reader
    let text = evaluator.source.text
    offsets =
      text.contains { $0 >= 0x80 }
      ? text.indices.filter { text[$0] & 0xC0 != 0x80 }.map { UInt32($0) } : []
  }

  private mutating func root() throws(ConfigError) -> Node {
    guard try next().kind == YAML_DOCUMENT else { throw source.error(at: 0, "the file is empty") }
    let value = try value(of: try next(), depth: 0)
    let rest = try next()
    guard rest.kind == YAML_STREAM_END else {
      throw source.error(
        at: offset(rest.start), "a second document begins here; a configuration is one document")
    }
    return value
  }

  // MARK: Items

  private func next() throws(ConfigError) -> yaml_item {
    let item = yaml_reader_next(reader)
    guard item.kind != YAML_FAILED else {
      throw source.error(at: offset(item.start), "is no YAML that can be read: \(text(item))")
    }
    return item
  }

  private func text(_ item: yaml_item) -> String {
    let bytes = UnsafeRawBufferPointer(start: item.text, count: item.count)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func offset(_ character: Int) -> Int {
    if offsets.isEmpty { return min(character, source.text.count) }
    return character < offsets.count ? Int(offsets[character]) : source.text.count
  }

  private func range(_ item: yaml_item) -> Range<Int> {
    let start = offset(item.start)
    return start..<max(start, offset(item.end))
  }

  // MARK: Values

  private mutating func value(
    of item: yaml_item, depth: Int, isKey: Bool = false
  ) throws(ConfigError) -> Node {
    let range = range(item)
    guard depth < ConfigLimits.brackets else {
      throw source.error(
        at: range.lowerBound, "values are nested more than \(ConfigLimits.brackets) deep")
    }
    // Copied, since both pointers are invalid after the next call of yaml_reader_next.
    let anchor = item.anchor.map { String(cString: $0) }
    let tag = item.tag.map { String(cString: $0) }.flatMap { $0 == "!" ? nil : $0 }
    if let anchor { open.insert(anchor) }
    let node: Node
    switch item.kind {
    case YAML_ALIAS: return try alias(text(item), range)
    case YAML_SCALAR: node = try scalar(item, tag, range, isKey: isKey)
    case YAML_SEQUENCE: node = try sequence(tag, range.lowerBound, depth)
    case YAML_MAPPING: node = try mapping(tag, range.lowerBound, depth)
    default: throw source.error(at: range.lowerBound, "a value is expected")
    }
    if let anchor {
      anchors[anchor] = node
      open.remove(anchor)
    }
    return node
  }

  private func alias(_ name: String, _ range: Range<Int>) throws(ConfigError) -> Node {
    guard !open.contains(name) else {
      throw source.error(at: range.lowerBound, "'*\(name)' refers to a value that contains it")
    }
    guard let node = anchors[name] else {
      throw source.error(at: range.lowerBound, "'*\(name)' names nothing: there is no '&\(name)'")
    }
    return node
  }

  private func scalar(
    _ item: yaml_item, _ tag: String?, _ range: Range<Int>, isKey: Bool
  ) throws(ConfigError) -> Node {
    var text = text(item)
    if PythonText.contains(text, Self.mark), source.text.contains(1) {
      text = PythonText.replacing(text, Self.mark, with: Template.mark)
    }
    if let tag {
      guard let value = YAMLScalar.value(text, tag: tag) else {
        return try evaluator.opaque(range)
      }
      return try evaluator.node(value, range)
    }
    if item.is_plain, !isKey, text == "=" || text == "<<" {
      throw source.error(
        at: range.lowerBound, "'\(text)' is a value only in quotes: YAML reads it as a sign")
    }
    return try evaluator.node(item.is_plain ? YAMLScalar.value(text) : .string(text), range)
  }

  /// The next member of a collection; nil at the end of the collection, where `end` is set.
  private mutating func member(_ end: inout Int) throws(ConfigError) -> yaml_item? {
    let item = try next()
    guard item.kind == YAML_END else { return item }
    if item.start != item.end { end = max(end, range(item).upperBound) }
    return nil
  }

  private mutating func sequence(
    _ tag: String?, _ start: Int, _ depth: Int
  ) throws(ConfigError) -> Node {
    var elements: [Node] = []
    var end = start
    while let item = try member(&end) {
      let element = try value(of: item, depth: depth + 1)
      elements.append(element)
      end = max(end, element.range.upperBound, range(item).upperBound)
    }
    switch tag.map(YAMLTag.init) {
    case nil, .list: return try evaluator.node(.list(elements), start..<end)
    case .tuple: return try evaluator.node(.tuple(elements), start..<end)
    default: return try evaluator.opaque(start..<end)
    }
  }

  private mutating func mapping(
    _ tag: String?, _ start: Int, _ depth: Int
  ) throws(ConfigError) -> Node {
    var own: [(key: NodeKey, entry: NodeDictionary.Entry)] = []
    var merged: [(key: NodeKey, entry: NodeDictionary.Entry)] = []
    var end = start
    while let item = try member(&end) {
      let keyRange = range(item)
      let isMerge = item.kind == YAML_SCALAR && item.is_plain && text(item) == "<<"
      let key = try value(of: item, depth: depth + 1, isKey: true)
      let valueItem = try next()
      let valueRange = range(valueItem)
      let value = try value(of: valueItem, depth: depth + 1)
      end = max(end, keyRange.upperBound, valueRange.upperBound)
      if valueItem.kind != YAML_ALIAS { end = max(end, value.range.upperBound) }
      if isMerge {
        merged += try entries(merging: value, keyRange)
        continue
      }
      guard let name = NodeKey(key) else {
        throw source.error(
          at: keyRange.lowerBound, "a key of a mapping has to be a text or a number")
      }
      own.append(
        (name, .init(value: value, source: source, range: keyRange.lowerBound..<end)))
    }
    switch tag.map(YAMLTag.init) {
    case nil, .dictionary: break
    default: return try evaluator.opaque(start..<end)
    }
    var dictionary = NodeDictionary()
    for (key, entry) in merged + own { dictionary.entries[key] = entry }
    return try evaluator.node(.dictionary(dictionary), start..<end)
  }

  /// The entries that `<<` merges from a mapping or a list of mappings. Of several entries with one key, the first
  /// mapping's is last in the result, so that it takes effect.
  private func entries(
    merging value: Node, _ range: Range<Int>
  ) throws(ConfigError) -> [(key: NodeKey, entry: NodeDictionary.Entry)] {
    let parts = value.elements ?? [value]
    var found: [(key: NodeKey, entry: NodeDictionary.Entry)] = []
    for part in parts.reversed() {
      guard let entries = part.dictionary?.entries else {
        throw source.error(at: range.lowerBound, "'<<' takes a mapping, or a list of mappings")
      }
      // Nested merges multiply entries without writing them, so they count against the budget.
      try evaluator.budget.claim(entries.count, source, range)
      found += entries.map { (key: $0.key, entry: $0.value) }
    }
    return found
  }
}
