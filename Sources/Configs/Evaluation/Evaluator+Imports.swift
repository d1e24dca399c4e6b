extension Evaluator {
  func importModule(
    _ module: String, _ alias: String?, _ range: Range<Int>
  ) throws(ConfigError) {
    let first = String(module.prefix { $0 != "." })
    let isPythons = PythonModules.contains(module)
    let name = alias ?? first
    importedNames.insert(name)
    let content: Node.Content =
      isPythons ? .module(alias == nil ? first : module) : .imported(alias == nil ? first : module)
    if case .module(let full) = content { modules.insert(full) }
    define(name, try node(content, range), range)
  }

  func importNames(
    _ level: Int, _ module: String, _ imported: [(name: String, alias: String?)]?,
    _ range: Range<Int>
  ) throws(ConfigError) {
    guard let imported else {
      throw error(range, "everything can be imported only under 'with read_base():'")
    }
    let full = String(repeating: ".", count: level) + module
    for (name, alias) in imported {
      importedNames.insert(alias ?? name)
      let content: Node.Content =
        PythonModules.contains(full)
        ? .module("\(module).\(name)") : .imported("\(full).\(name)")
      define(alias ?? name, try node(content, range), range)
    }
  }
}
