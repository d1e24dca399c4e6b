import OrderedCollections

/// Changes values in the text of a configuration and leaves every other byte as it is.
///
/// A value is changed at its place in the file. A value that only a base has is overridden: in a dictionary that the
/// file has for the path, or in a new one at the end of the file. The editor does not evaluate names; its caller reads
/// the result and checks the values.
package struct ConfigEditor {
  /// The result of looking a path up in the file.
  private enum Place {
    /// The file has the value, as this expression.
    case value(Expression)
    /// The file has the dictionary, which lacks the key; `missing` is the rest of the path.
    case dictionary(Expression, missing: ArraySlice<String>)
    /// The file sets the name in a way that cannot be edited, such as by a name or a call.
    case elsewhere
    /// The file does not set the name.
    case nowhere
  }

  let source: SourceText
  let statements: [Statement]
  package let isLazy: Bool
  private var edits: [(range: Range<Int>, text: String)] = []
  private var overrides = Override()
  private var assignments: [String] = []

  /// - Throws: ``ConfigError`` if the file cannot be read or parsed.
  package init(path: String) throws(ConfigError) {
    source = try SourceText(path: path)
    statements = try Parser.statements(of: source)
    isLazy = ConfigStyle(statements).isLazy
  }

  /// The bytes of the unchanged file.
  package var original: [UInt8] { source.file }

  /// The bytes of the file with all edits.
  package var edited: [UInt8] {
    var result: [UInt8] = []
    var position = 0
    // New lines get the line ends of the file.
    let hasReturns = source.file.firstIndex(of: 0x0A).map { $0 > 0 && source.file[$0 - 1] == 0x0D }
    func bytes(_ text: String) -> [UInt8] {
      Array((hasReturns == true ? text.replacing("\n", with: "\r\n") : text).utf8)
    }
    // At one position insertions come before replacements, in the order of the calls.
    let ordered = edits.enumerated().sorted {
      let (a, b) = ($0.element.range, $1.element.range)
      return (a.lowerBound, a.isEmpty ? 0 : 1, $0.offset)
        < (b.lowerBound, b.isEmpty ? 0 : 1, $1.offset)
    }
    for (_, edit) in ordered where edit.range.lowerBound >= position {
      result += source.file[position..<edit.range.lowerBound]
      result += bytes(edit.text)
      position = edit.range.upperBound
    }
    result += source.file[position...]
    let added = overrides.lines + assignments
    if !added.isEmpty {
      if let last = result.last, last != 0x0A { result += bytes("\n") }
      result += bytes(added.map { $0 + "\n" }.joined())
    }
    return result
  }

  // MARK: Setting values

  /// Sets the value at a path of keys.
  package mutating func set(_ path: [String], to value: PythonLiteral) {
    switch find(path[...]) {
    case .value(let expression): replace(expression, with: value)
    case .dictionary(let dictionary, let missing):
      var value = value
      for key in missing.dropFirst().reversed() { value = .dictionary([(key, value)]) }
      insert([(missing.first!, value)], into: dictionary, after: nil)
    case .nowhere where !isLazy: overrides.set(path[...], value)
    case .nowhere, .elsewhere: assign(path, value)
    }
  }

  /// Sets a value by an assignment at the end of the file.
  package mutating func assign(_ path: [String], _ value: PythonLiteral) {
    let target = path[0] + path.dropFirst().map { "['\($0)']" }.joined()
    assignments.append(
      "\(target) = \(value.text(column: target.utf8.count + 3, indent: 0))")
  }

  /// Whether the file itself has a dictionary display or `dict(…)` at a path.
  package func hasDictionary(at path: [String]) -> Bool {
    if case .value(let expression) = find(path[...]) { return entries(of: expression) != nil }
    return false
  }

  /// Changes single entries of a dictionary in the file, so that the other entries keep their layout.
  package mutating func adjust(
    _ path: [String], removing: Set<String>, setting: [(key: String, value: PythonLiteral)]
  ) {
    guard case .value(let dictionary) = find(path[...]), let entries = entries(of: dictionary)
    else { return }
    var new = setting
    var anchor: Expression.Argument?
    for entry in entries {
      if let index = new.firstIndex(where: { $0.key == entry.key }) {
        let value = new.remove(at: index).value
        if !says(entry.value, value.oneLine) { replace(entry.value, with: value) }
        if entry.key == "type" { anchor = entry.argument }
      }
    }
    remove(entries.map { (removing.contains($0.key), $0.argument.range) })
    if !new.isEmpty {
      insert(new, into: dictionary, after: anchor?.range ?? entries.first?.argument.range)
    }
  }

  /// Whether an expression has this text, or is the same string in other quotes.
  private func says(_ expression: Expression, _ text: String) -> Bool {
    if case .constant(let node) = expression.kind, case .string(let value) = node.content {
      return text == "'\(value)'"
    }
    return source.excerpt(expression.range) == text
  }

  /// Removes entries of one dictionary with their commas.
  private mutating func remove(_ entries: [(isRemoved: Bool, range: Range<Int>)]) {
    var lastKept: Int?
    for (index, entry) in entries.enumerated() {
      guard entry.isRemoved else {
        lastKept = index
        continue
      }
      if entries[index...].allSatisfy(\.isRemoved), let lastKept {
        // All entries up to the end are removed, with the comma before them.
        let all = entries[lastKept].range.upperBound..<entries.last!.range.upperBound
        edits.append((source.fileRange(all), ""))
        return
      }
      let end =
        index + 1 < entries.count
        ? entries[index + 1].range.lowerBound : entry.range.upperBound
      edits.append((source.fileRange(entry.range.lowerBound..<end), ""))
    }
  }

  private mutating func replace(_ expression: Expression, with value: PythonLiteral) {
    let start = expression.range.lowerBound
    edits.append(
      (
        source.fileRange(expression.range),
        value.text(column: column(of: start), indent: indentation(at: start))
      ))
  }

  /// Inserts entries into a dictionary, each on a line of its own if the other entries are.
  private mutating func insert(
    _ new: [(key: String, value: PythonLiteral)], into dictionary: Expression,
    after anchor: Range<Int>?
  ) {
    let entries = entries(of: dictionary) ?? []
    let isCall: Bool
    if case .trailers = dictionary.kind { isCall = true } else { isCall = false }
    let first = entries.first?.argument.range.lowerBound
    let isMultiline =
      first.map { first in
        line(of: first) != line(of: dictionary.range.lowerBound)
          || line(of: first) != line(of: entries.last!.argument.range.lowerBound)
      } ?? false
    let indent = first.map(column(of:)) ?? 0
    let separator = isMultiline ? ",\n" + String(repeating: " ", count: indent) : ", "
    let rows = new.map { key, value in
      let start = isCall ? "\(key)=" : "'\(key)': "
      return start
        + value.text(
          column: isMultiline ? indent + start.count : 0, indent: isMultiline ? indent : 0)
    }
    let place = anchor?.upperBound ?? entries.last?.argument.range.upperBound
    if let place {
      let offset = source.fileRange(place - 1..<place).upperBound
      edits.append((offset..<offset, rows.map { separator + $0 }.joined()))
    } else {
      // An empty dictionary gets its entries before the closing bracket.
      let offset = source.fileRange(
        dictionary.range.upperBound - 1..<dictionary.range.upperBound
      ).lowerBound
      edits.append((offset..<offset, rows.joined(separator: ", ")))
    }
  }

  /// Replaces a range of the text.
  mutating func edit(_ range: Range<Int>, _ text: String) {
    edits.append((source.fileRange(range), text))
  }

  // MARK: Bases

  /// Replaces the paths of the bases.
  ///
  /// - Throws: ``ConfigError`` if a base is not a string literal.
  package mutating func moveBases(_ change: (String) -> String) throws(ConfigError) {
    for (text, range) in try baseLiterals() {
      let new = change(text)
      if new != text { edits.append((source.fileRange(range), "'\(new)'")) }
    }
  }

  private func baseLiterals() throws(ConfigError) -> [(text: String, range: Range<Int>)] {
    guard let base = ConfigStyle(statements).base else { return [] }
    var literals = [base]
    if case .list(let elements) = base.kind { literals = elements.map(\.value) }
    var paths: [(text: String, range: Range<Int>)] = []
    for literal in literals {
      guard case .constant(let node) = literal.kind, case .string(let text) = node.content else {
        throw source.error(
          at: literal.range.lowerBound, "this base is no string in quotes; write its path")
      }
      paths.append((text, literal.range))
    }
    return paths
  }

  // MARK: Finding

  private func find(_ path: ArraySlice<String>) -> Place {
    var value: Expression?
    for statement in statements {
      guard case .assign(let targets, let assigned) = statement.kind, targets.count == 1,
        case .name(path.first!) = targets[0].kind
      else { continue }
      value = assigned
    }
    guard var value else {
      return sets(path.first!) ? .elsewhere : .nowhere
    }
    var rest = path.dropFirst()
    while let key = rest.first {
      guard let entries = entries(of: value) else { return .elsewhere }
      guard let entry = entries.last(where: { $0.key == key }) else {
        return .dictionary(value, missing: rest)
      }
      value = entry.value
      rest = rest.dropFirst()
    }
    return .value(value)
  }

  /// Whether a statement of the file may set or change a name.
  private func sets(_ name: String) -> Bool {
    let effects = CodeEffects(statements)
    return [effects.assigned, effects.changed, effects.changedLater, effects.globals]
      .contains { $0.contains(name) }
  }

  /// The entries of `dict(…)` or `{…}` with constant keys; nil for any other expression.
  private func entries(
    of expression: Expression
  ) -> [(key: String, argument: Expression.Argument, value: Expression)]? {
    switch expression.kind {
    case .trailers(let function, let trailers):
      guard case .name("dict") = function.kind, trailers.count == 1,
        case .call(let arguments) = trailers[0].kind
      else { return nil }
      var entries: [(key: String, argument: Expression.Argument, value: Expression)] = []
      for argument in arguments {
        guard case .keyword(let key) = argument.style else { return nil }
        entries.append((key, argument, argument.value))
      }
      return entries
    case .dictionary(let pairs):
      var entries: [(key: String, argument: Expression.Argument, value: Expression)] = []
      for pair in pairs {
        guard let key = pair.key, case .constant(let node) = key.kind,
          case .string(let text) = node.content
        else { return nil }
        entries.append(
          (
            text,
            Expression.Argument(style: .positional, value: pair.value, range: pair.range),
            pair.value
          ))
      }
      return entries
    default: return nil
    }
  }

  // MARK: Layout

  private func lineStart(_ offset: Int) -> Int {
    source.text[..<offset].lastIndex { $0 == 0x0A || $0 == 0x0D }.map { $0 + 1 } ?? 0
  }

  private func line(of offset: Int) -> Int { lineStart(offset) }

  private func column(of offset: Int) -> Int {
    String(decoding: source.text[lineStart(offset)..<offset], as: UTF8.self).count
  }

  private func indentation(at offset: Int) -> Int {
    source.text[lineStart(offset)..<offset].prefix { $0 == 0x20 }.count
  }
}

/// New values for names that only the bases define, collected into one dictionary for each name.
private struct Override {
  private indirect enum Entry {
    case value(PythonLiteral)
    case dictionary(OrderedDictionary<String, Entry>)
  }

  private var entries: OrderedDictionary<String, Entry> = [:]

  mutating func set(_ path: ArraySlice<String>, _ value: PythonLiteral) {
    entries = Self.setting(path, value, in: entries)
  }

  private static func setting(
    _ path: ArraySlice<String>, _ value: PythonLiteral,
    in entries: OrderedDictionary<String, Entry>
  ) -> OrderedDictionary<String, Entry> {
    var entries = entries
    if path.count == 1 {
      entries[path.first!] = .value(value)
    } else {
      var inner: OrderedDictionary<String, Entry> = [:]
      if case .dictionary(let known) = entries[path.first!] { inner = known }
      entries[path.first!] = .dictionary(setting(path.dropFirst(), value, in: inner))
    }
    return entries
  }

  var lines: [String] {
    entries.map { key, entry in
      "\(key) = \(Self.literal(entry).text(column: key.utf8.count + 3, indent: 0))"
    }
  }

  private static func literal(_ entry: Entry) -> PythonLiteral {
    switch entry {
    case .value(let value): value
    case .dictionary(let entries):
      .dictionary(entries.map { ($0.key, literal($0.value)) })
    }
  }
}
