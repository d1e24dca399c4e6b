import OrderedCollections

/// Reads a configuration and its bases.
final class ConfigReader {
  /// The files, in the order in which reading them began.
  private(set) var files: [String] = []
  /// The framework of the configuration; a YAML file is found to be detectron2's by its names.
  var origin = Config.Origin.openMMLab
  let budget = Budget()
  /// The files being read; each is a base of the file before it.
  private(set) var stack: [(path: String, absolute: String)] = []

  /// The merged values of the configuration's bases, before the file itself changes them.
  private var bases: (values: Values, source: SourceText)?

  /// - Parameter contents: The bytes to read in place of the file's; nil to read the file.
  func read(_ path: String, contents: [UInt8]? = nil) throws(ConfigError) -> ConfigDictionary {
    let (values, source) = try evaluate(path, requiresLazy: nil, contents: contents)
    let reserved = ["filename", "text", "pretty_text", "env_variables"]
    for name in reserved {
      if let entry = values[.string(name)] {
        throw entry.source.error(
          at: entry.range.lowerBound, "mmengine keeps the name '\(name)' for itself; rename it")
      }
    }
    var converter = ConfigConverter(source: source)
    return try converter.dictionary(values)
  }

  /// The merged values of the bases of the configuration.
  func inherited() throws(ConfigError) -> ConfigDictionary {
    guard let bases else { return ConfigDictionary() }
    var converter = ConfigConverter(source: bases.source)
    return try converter.dictionary(bases.values)
  }

  typealias Values = OrderedDictionary<NodeKey, NodeDictionary.Entry>

  /// The values of a file, merged with its bases.
  ///
  /// - Parameter requiresLazy: The style that the file must have, since the styles cannot be mixed; nil for any.
  func evaluate(
    _ path: String, requiresLazy: Bool?, contents: [UInt8]? = nil
  ) throws(ConfigError) -> (Values, SourceText) {
    let absolute = ConfigFile.absolute(path)
    if let first = stack.firstIndex(where: { $0.absolute == absolute }) {
      let round = (stack[first...].map(\.path) + [path]).map(ConfigFile.name)
      throw ConfigError(
        path: path, line: nil,
        reason: "its bases lead back to itself: \(round.joined(separator: " → "))")
    }
    guard stack.count < ConfigLimits.baseDepth else {
      throw ConfigError(
        path: path, line: nil,
        reason: "bases are nested more than \(ConfigLimits.baseDepth) deep")
    }
    guard budget.openFile() else {
      throw ConfigError(
        path: path, line: nil,
        reason: "the configuration names more than \(ConfigLimits.files) files")
    }
    let language = ConfigLanguage(rawValue: ConfigFile.ending(path))
    guard let language else {
      throw ConfigError(
        path: path, line: nil,
        reason: "a configuration ends in .py, .yaml, .yml or .json")
    }
    stack.append((path, absolute))
    defer { stack.removeLast() }
    if !files.contains(path) { files.append(path) }
    let source: SourceText
    if let contents {
      source = try SourceText(path: path, file: contents)
    } else {
      source = try SourceText(path: path)
    }
    guard language == .python else {
      let evaluator = Evaluator(source, budget: budget, isLazy: false)
      return (try evaluateDocument(evaluator, language, requiresLazy: requiresLazy), source)
    }
    let statements = try Parser.statements(of: source)
    let style = ConfigStyle(statements)
    if let requiresLazy, style.isLazy != requiresLazy {
      throw ConfigError(
        path: path, line: nil,
        reason: "is written in the other style than the file that names it: "
          + "'_base_' and 'with read_base()' cannot be mixed")
    }
    if style.isLazy, let base = style.base {
      throw source.error(
        at: base.range.lowerBound,
        "_base_ is set in a file of the lazy style, for which mmengine takes it by the imports above; "
          + "put them below, or import the bases under 'with read_base():'")
    }
    let values =
      style.isLazy
      ? try evaluateLazy(source, statements) : try evaluatePlain(source, statements, style)
    return (values, source)
  }

  // MARK: The style with _base_

  private func evaluatePlain(
    _ source: SourceText, _ statements: [Statement], _ style: ConfigStyle
  ) throws(ConfigError) -> Values {
    let evaluator = Evaluator(source, budget: budget, isLazy: false)
    var names: [(text: String, range: Range<Int>)] = []
    if let base = style.base { names = try basePaths(base, source) }
    let bases = try readBases(names, evaluator, style.base?.range ?? 0..<0)
    evaluator.define("_base_", bases, bases.range)
    try evaluator.run(statements)
    return try joined(evaluator, evaluator.names, bases)
  }

  /// The values of all bases of a file in one dictionary; two bases must not define the same name.
  func readBases(
    _ names: [(text: String, range: Range<Int>)], _ evaluator: Evaluator, _ range: Range<Int>
  ) throws(ConfigError) -> Node {
    let source = evaluator.source
    let bases = Node(.dictionary(NodeDictionary(isConfig: true)), source, range)
    try budget.keep(bases)
    for name in names {
      let (path, scope) = try locate(name.text, from: source, name.range)
      guard ConfigFile.isFile(path) else {
        throw source.error(
          at: name.range.lowerBound, "the base '\(name.text)' leads to no file (\(path))")
      }
      var (values, baseSource) = try evaluate(path, requiresLazy: false)
      if let scope { try Scope.put(scope, on: &values, baseSource, evaluator) }
      for (key, entry) in values {
        if let other = bases.dictionary?.entries[key] {
          throw source.error(
            at: name.range.lowerBound,
            "two bases give '\(key.text)': \(other.source.path) and \(entry.source.path)")
        }
        var entry = entry
        // Copied as in mmengine, so that values shared by two names in the base are not shared any more.
        entry.value = try evaluator.hooked(try evaluator.copied(entry.value))
        bases.change { $0[key] = entry }
      }
    }
    if stack.count == 1 { self.bases = (bases.dictionary?.entries ?? [:], source) }
    return bases
  }

  /// A file's own values, merged into the values of its bases.
  func joined(
    _ evaluator: Evaluator, _ names: Values, _ bases: Node
  ) throws(ConfigError) -> Values {
    guard var base = bases.dictionary?.entries else {
      throw evaluator.source.error(
        at: 0, "what this file does to its bases cannot be known without running it")
    }
    var own = names
    own.removeValue(forKey: .string("_base_"))
    own.removeValue(forKey: .string("_deprecation_"))
    for (key, entry) in own {
      if case .string(let name) = key, name.hasPrefix("__") {
        own.removeValue(forKey: key)
        continue
      }
      switch entry.value.content {
      case .function: own.removeValue(forKey: key)
      // mmengine drops modules and functions. Of a module's names only these two are known to be functions.
      case .module(let full)
      where evaluator.modules.contains(full) || ["copy.copy", "copy.deepcopy"].contains(full):
        own.removeValue(forKey: key)
      default:
        own[key]!.value = try Placeholders(base: bases, evaluator: evaluator)
          .resolved(entry.value)
      }
    }
    try Merge(evaluator: evaluator).merge(own, into: &base)
    return base.filter { key, _ in
      if case .string(let name) = key { return !name.hasPrefix("__") }
      return true
    }
  }

  /// The paths in the value of `_base_`.
  private func basePaths(
    _ base: Expression, _ source: SourceText
  ) throws(ConfigError) -> [(text: String, range: Range<Int>)] {
    let evaluator = Evaluator(source, budget: budget, isLazy: false)
    let value = try evaluator.evaluate(base)
    let names: [Node]
    switch value.content {
    case .list(let elements): names = elements
    case .tuple:
      throw source.error(
        at: base.range.lowerBound,
        "_base_ is a tuple, which mmengine cannot read; write a list in square brackets")
    default: names = [value]
    }
    var paths: [(text: String, range: Range<Int>)] = []
    for name in names {
      guard case .string(let text) = name.content else {
        throw source.error(
          at: name.range.lowerBound,
          "the base '\(source.excerpt(name.range))' cannot be known without running the file; "
            + "write its path")
      }
      paths.append((text, name.range))
    }
    return paths
  }

  /// The path of a base, and for `package::path` the package.
  private func locate(
    _ name: String, from source: SourceText, _ range: Range<Int>
  ) throws(ConfigError) -> (path: String, scope: String?) {
    let folder = ConfigFile.folder(source.path)
    guard let colons = name.firstRange(of: "::") else {
      return (ConfigFile.join(folder, name), nil)
    }
    let package = String(name[..<colons.lowerBound])
    let rest = String(name[colons.upperBound...])
    let path = PackageFinder.find(
      "\(package)/.mim/configs/\(rest)", above: source.path)
    guard let path else {
      throw source.error(
        at: range.lowerBound,
        "the base '\(name)' lies in the package \(package), which is not beside this file; "
          + "copy the base and write its path")
    }
    return (path, package)
  }

  // MARK: The lazy style

  private func evaluateLazy(
    _ source: SourceText, _ statements: [Statement]
  ) throws(ConfigError) -> Values {
    let evaluator = Evaluator(source, budget: budget, isLazy: true)
    for case .bases(let imports) in statements.map(\.kind) {
      for statement in imports {
        guard case .importNames(let level, let module, let names) = statement.kind,
          !module.isEmpty
        else {
          throw source.error(
            at: statement.range.lowerBound,
            "only 'from … import …' can stand under 'with read_base():'")
        }
        let path = try locateModule(module, level: level, from: source, statement.range)
        let (values, _) = try evaluate(path, requiresLazy: nil)
        try take(names, of: values, path, into: evaluator, statement.range)
      }
    }
    evaluator.define(
      "__file__", try evaluator.node(.string(source.path), 0..<0), 0..<0)
    try evaluator.run(statements)
    for (key, entry) in evaluator.names {
      if case .string(let name) = key, name.hasPrefix("__") {
        evaluator.names.removeValue(forKey: key)
      } else {
        evaluator.names[key]!.value = try evaluator.hooked(entry.value)
      }
    }
    lazyImports.formUnion(evaluator.importedNames)
    if stack.count == 1 {
      for name in lazyImports { evaluator.names.removeValue(forKey: .string(name)) }
    }
    return evaluator.names
  }

  /// Names that lazy files import: usable in the file, but not part of the configuration.
  private var lazyImports: Set<String> = []

  private func take(
    _ names: [(name: String, alias: String?)]?, of values: Values, _ path: String,
    into evaluator: Evaluator, _ range: Range<Int>
  ) throws(ConfigError) {
    guard let names else {
      for (key, entry) in values { evaluator.names[key] = entry }
      return
    }
    for (name, alias) in names {
      guard let entry = values[.string(name)] else {
        throw evaluator.error(range, "\(path) has no '\(name)'")
      }
      evaluator.names[.string(alias ?? name)] = entry
    }
  }

  private func locateModule(
    _ module: String, level: Int, from source: SourceText, _ range: Range<Int>
  ) throws(ConfigError) -> String {
    let relative = module.replacing(".", with: "/") + ".py"
    let path: String?
    guard level <= ConfigLimits.baseDots else {
      throw source.error(
        at: range.lowerBound,
        "the base has \(level) dots before its name, which lead above all folders")
    }
    if level > 0 {
      let steps = Array(repeating: "..", count: level - 1) + [relative]
      path = ConfigFile.join(ConfigFile.folder(source.path), steps.joined(separator: "/"))
    } else {
      path = PackageFinder.find(relative, above: source.path)
    }
    guard let path, ConfigFile.isFile(path) else {
      throw source.error(
        at: range.lowerBound,
        "the base '\(String(repeating: ".", count: level))\(module)' leads to no file"
          + (path.map { " (\($0))" } ?? " beside this one or above it"))
    }
    return path
  }
}
