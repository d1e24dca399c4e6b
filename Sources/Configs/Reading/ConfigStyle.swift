/// The style of a file, one of mmengine's two, and its `_base_`.
struct ConfigStyle {
  /// Whether the file is in the lazy style: bases are imported under `with read_base():`, classes by name.
  var isLazy = false
  /// The value of `_base_`.
  var base: Expression?

  init(_ statements: [Statement]) {
    for statement in statements {
      if case .assign(let targets, let value) = statement.kind,
        case .name("_base_")? = targets.first?.kind
      {
        // As in mmengine, a `_base_` before any lazy import makes the file plain, whatever follows.
        base = value
        return
      }
      if Self.isLazy(statement) { isLazy = true }
    }
  }

  private static func isLazy(_ statement: Statement) -> Bool {
    switch statement.kind {
    case .bases: true
    case .importNames(let level, let module, let names):
      level > 0
        || !PythonModules.contains(module)
          && !(module == "mmengine" && names?.count == 1 && names?.first?.name == "Config")
    case .importModules(let modules):
      modules.contains { !PythonModules.contains($0.module) }
    default: false
    }
  }
}
