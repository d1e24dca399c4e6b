import OrderedCollections
import PthConfigs
import PthReports

extension RewritePlan {
  /// The new text and the old one.
  ///
  /// - Throws: `InputProblem` if statements of the file prevent a change.
  mutating func applied() throws -> (contents: [UInt8], original: [UInt8]) {
    let inherited = try Config.inherited(by: request.config)
    var problem: InputProblem?
    // First change values in place; if that fails, append statements at the end.
    for appends in [false, true] {
      var editor = try ConfigEditor(path: request.config)
      try move(&editor)
      for change in changes { apply(change, to: &editor, inherited, appends: appends) }
      let contents = editor.edited
      do {
        try check(Config.read(request.output, contents: contents))
        return (contents, editor.original)
      } catch let error as InputProblem {
        problem = problem ?? error
      } catch let error as ConfigError {
        problem = problem ?? InputProblem("the new file could not be read: \(error)")
      }
    }
    throw problem ?? InputProblem("\(request.config): cannot be changed")
  }

  private func apply(
    _ change: ConfigRewrite.Change, to editor: inout ConfigEditor, _ inherited: ConfigDictionary,
    appends: Bool
  ) {
    guard let entries = change.entries else {
      if appends {
        editor.assign(change.path, change.literal)
      } else {
        editor.set(change.path, to: change.literal)
      }
      return
    }
    let isInherited = Self.value(in: inherited, at: change.path) != nil
    var literal = change.literal
    if isInherited, !editor.isLazy, case .dictionary(let items) = literal {
      literal = .dictionary([("_delete_", .text("True"))] + items)
    }
    if appends {
      editor.assign(change.path, literal)
    } else if !isInherited, editor.hasDictionary(at: change.path) {
      editor.adjust(change.path, removing: entries.removed, setting: entries.set)
    } else {
      editor.set(change.path, to: literal)
    }
  }

  private static func value(in dictionary: ConfigDictionary, at path: [String]) -> ConfigValue? {
    var value = dictionary[path[0]]
    for key in path.dropFirst() { value = value?[key] }
    return value
  }

  // MARK: Another folder

  /// Adapts the paths of bases, which are relative to the configuration's folder.
  private func move(_ editor: inout ConfigEditor) throws {
    let from = Self.parts(folderOf: request.config)
    let to = Self.parts(folderOf: request.output)
    guard from != to else { return }
    if editor.isLazy { return try editor.moveImports(from: from, to: to) }
    try editor.moveBases { path in
      if path.hasPrefix("/") || path.contains("::") { return path }
      var target = from
      for part in path.split(separator: "/") where part != "." {
        if part == ".." { _ = target.popLast() } else { target.append(String(part)) }
      }
      let shared = zip(target, to).prefix { $0 == $1 }.count
      let up = Array(repeating: "..", count: to.count - shared)
      return (up + target[shared...]).joined(separator: "/")
    }
  }

  private static func parts(folderOf path: String) -> [String] {
    Config.absolute(path).split(separator: "/").dropLast().map(String.init)
  }

  // MARK: Checking the result

  /// Checks that each change is in effect, and reports other values that changed.
  private mutating func check(_ new: Config) throws {
    var touched = changes.map(\.path)
    for change in changes {
      let name = change.path.joined(separator: ".")
      guard let value = new.value(at: change.path) else {
        throw InputProblem("\(request.config): \(name) cannot be set in this file")
      }
      if let expected = change.expected, !value.isSame(ConfigValue(expected, at: value.location)) {
        throw InputProblem(
          "\(value.location.path):\(value.location.line): \(name) cannot be set; the file "
            + "gives it another value afterwards")
      }
      if change.entries != nil { try checkBackbone(value, change) }
    }
    touched.append(owner + ["backbone"])
    for (path, old, new) in Self.differences(config.values, new.values, []) {
      guard !touched.contains(where: { path.starts(with: $0) }) else { continue }
      let name = path.joined(separator: ".")
      let before = old.map(PythonText.text) ?? "nothing"
      let after = new.map(PythonText.text) ?? "nothing"
      notes.append("\(name) changes as well: \(before) becomes \(after)")
    }
  }

  private func checkBackbone(_ value: ConfigValue, _ change: ConfigRewrite.Change) throws {
    guard let entries = value.dictionary?.entries, case .dictionary(let wanted) = change.literal,
      Set(entries.keys).subtracting(["_delete_"]) == Set(wanted.map(\.key))
    else {
      throw InputProblem(
        "\(value.location.path):\(value.location.line): \(change.path.joined(separator: ".")) cannot be replaced; the "
          + "file changes it afterwards")
    }
    // Values are compared by their text when written again.
    for (key, literal) in wanted {
      let text = PythonText.text(of: entries[key]!.value)
      let isKept = oldBackbone[key].map { PythonText.text(of: $0) == text } ?? false
      guard isKept || text == literal.oneLine else {
        throw InputProblem(
          "\(value.location.path):\(value.location.line): \(change.path.joined(separator: ".")).\(key) "
            + "cannot be set; the file changes it afterwards")
      }
    }
  }

  private static func differences(
    _ old: ConfigDictionary, _ new: ConfigDictionary, _ path: [String]
  ) -> [(path: [String], old: ConfigValue?, new: ConfigValue?)] {
    var found: [(path: [String], old: ConfigValue?, new: ConfigValue?)] = []
    for (key, entry) in old.entries {
      let inner = path + [key]
      guard let other = new[key] else {
        found.append((inner, entry.value, nil))
        continue
      }
      if let a = entry.value.dictionary, let b = other.dictionary {
        found += differences(a, b, inner)
      } else if !entry.value.isSame(other) {
        found.append((inner, entry.value, other))
      }
    }
    for (key, entry) in new.entries where old[key] == nil {
      found.append((path + [key], nil, entry.value))
    }
    return found
  }
}

extension ConfigValue {
  /// Whether two values are equal, regardless of where they are written; a list never equals a tuple.
  func isSame(_ other: ConfigValue) -> Bool {
    switch (content, other.content) {
    case (.none, .none): true
    case (.bool(let a), .bool(let b)): a == b
    case (.string(let a), .string(let b)), (.opaque(let a), .opaque(let b)): a == b
    case (.int, .int), (.float, .float), (.int, .float), (.float, .int):
      double == other.double
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.isSame($1) }
    case (.dictionary(let a), .dictionary(let b)):
      a.entries.count == b.entries.count
        && a.entries.allSatisfy { key, entry in b[key].map(entry.value.isSame) ?? false }
    default: false
    }
  }
}
