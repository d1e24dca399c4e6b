/// A set of globals, given as space-separated names by module.
struct NameTable: Sendable {
  private let names: Set<GlobalName>

  init(_ modules: [String: String]) {
    var names: Set<GlobalName> = []
    for (module, list) in modules {
      for name in list.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        names.insert(GlobalName(module: module, name: String(name)))
      }
    }
    self.names = names
  }

  func contains(_ global: GlobalName) -> Bool { names.contains(global) }
}
