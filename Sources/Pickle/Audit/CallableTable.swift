/// A callable of a pickle, and what is known about it.
struct Callable {
  let name: GlobalName
  /// How it may be called; nil if it is untrusted, or trusted only as a value.
  let rule: CallRule?
  let isTrusted: Bool
  /// Whether it is a class that a TorchScript archive itself defines.
  let isScripted: Bool
}

/// The callables of a document, with their names.
struct CallableTable {
  private var callables: HandleTable<Callable>
  /// The globals that are values and not classes or functions.
  private var constants: HandleTable<Void>
  private let document: PickleDocument

  init(_ document: PickleDocument, isTorchScript: Bool) {
    self.document = document
    callables = HandleTable(for: document)
    constants = HandleTable(for: document)
    // Thousands of calls share a few names, so each name is looked up once.
    var known: [GlobalName: Callable] = [:]
    var areConstant: [GlobalName: Bool] = [:]
    for handle in document.handles {
      if let name = document.globalName(handle) {
        let isConstant = areConstant[name] ?? TrustedGlobals.isConstant(name)
        areConstant[name] = isConstant
        if isConstant { constants.set(handle, to: ()) }
      }
      guard let call = document.call(handle), callables[call.callable] == nil,
        let name = Self.name(of: call.callable, in: document)
      else { continue }
      let callable =
        known[name]
        ?? Callable(
          name: name, rule: CallRule.of(name.inPython3),
          isTrusted: TrustedGlobals.isTrusted(name),
          isScripted: isTorchScript && name.isInside("__torch__"))
      known[name] = callable
      callables.set(call.callable, to: callable)
    }
  }

  /// The callable behind a value; nil if the pickle computes it.
  subscript(handle: PickleHandle) -> Callable? { callables[handle] }

  /// A value's name: of a global, of a class saved with its source in a legacy file, or of an attribute of a named
  /// class.
  static func name(of handle: PickleHandle, in document: PickleDocument) -> GlobalName? {
    if let name = document.globalName(handle) { return name }
    if let id = document.persistentID(handle) { return sourcedClass(id, in: document) }
    guard let call = document.call(handle), call.form == .reduce,
      let callee = document.globalName(call.callable)?.inPython3,
      callee.description == "builtins.getattr", document.kind(call.arguments) == .tuple
    else { return nil }
    let arguments = document.firstElements(call.arguments, 3)
    guard arguments.count == 2, let owner = document.globalName(arguments[0]),
      let attribute = document.string(arguments[1], limit: 64)
    else { return nil }
    return GlobalName(module: owner.module, name: "\(owner.name).\(attribute)")
  }

  /// The class in a persistent id: `('module', class, file, source)` in a legacy file, `(class, file, source)` in a
  /// tar file.
  static func sourcedClass(_ id: PickleHandle, in document: PickleDocument) -> GlobalName? {
    guard document.kind(id) == .tuple else { return nil }
    let parts = document.firstElements(id, 4)
    guard let first = parts.first else { return nil }
    if let name = document.globalName(first) { return name }
    guard parts.count == 4, document.string(first, limit: 16) == "module" else { return nil }
    return document.globalName(parts[1])
  }

  /// The contents of a value without its members, for ``ContentsTable``.
  func contents(of handle: PickleHandle) -> (ValueContents, ContentsSpread) {
    switch document.kind(handle) {
    case .global:
      return (constants[handle] == nil ? .names : [], .none)
    case .persistentID:
      let isClass =
        document.persistentID(handle).flatMap { Self.sourcedClass($0, in: document) } != nil
      return (isClass ? .names : .tensors, .none)
    case .call:
      guard let call = document.call(handle), ![.build, .append, .setItems].contains(call.form),
        let callable = callables[call.callable]
      else { return (.unknown, .none) }
      if callable.isScripted { return (.objects, .none) }
      guard callable.isTrusted, let rule = callable.rule else { return (.unknown, .none) }
      // Callables iterate over a range that they get as an argument, however long it is.
      if ["range", "xrange"].contains(callable.name.name), case .plain = rule {
        return (.unknown, .none)
      }
      return contents(of: rule, handle, call)
    default: return (.unknown, .none)
    }
  }

  private func contents(of rule: CallRule, _ handle: PickleHandle, _ call: PickleCall) -> (
    ValueContents, ContentsSpread
  ) {
    switch rule {
    case .plain, .container, .identity: return ([], .all)
    case .factory: return ([], .members)
    case .constructed, .tensor, .numpy(.fromBuffer), .numpy(.randomState), .numpy(.bitGenerator):
      return (.tensors, .none)
    case .numpy(.reconstruct): return (.tensors, .members)
    // An array of objects holds whatever its own pickle contains.
    case .numpy(.wrapper): return ([.tensors, .unknown], .none)
    case .numpy(.dtype), .numpy(.scalar): return ([], .none)
    case .module: return (.objects, .none)
    case .object: return (.objects, .all)
    case .conditional(.encoding): return ([], .none)
    case .conditional(.nestedPickle), .conditional(.rebuildFromType): return (.tensors, .none)
    case .conditional(.type): return (.names, .none)
    case .conditional(.attribute):
      let name = Self.name(of: handle, in: document)
      return (name.map(TrustedGlobals.isLiteralAttribute) == true ? [] : .names, .none)
    case .conditional(.partial): return ([.names, .unknown], .none)
    case .conditional(.reconstructor), .conditional(.newObject):
      let type = document.firstElements(call.arguments, 1).first
        .flatMap { Self.name(of: $0, in: document) }
      switch type.flatMap({ CallRule.of($0.inPython3) }) {
      case .container?, .factory?, .plain?: return ([], .members)
      case .module?, .object?: return (.objects, .members)
      default: return (.unknown, .none)
      }
    }
  }
}
