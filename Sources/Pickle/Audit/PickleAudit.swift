import PthBytes

/// A global that a pickle refers to, with the verdict on every use that it makes of it.
package struct AuditedGlobal: Sendable {
  package let global: GlobalName
  package internal(set) var verdict: AuditVerdict
  /// Why it is not safe; nil if it is.
  package internal(set) var reason: String?

  package init(global: GlobalName, verdict: AuditVerdict, reason: String?) {
    self.global = global
    self.verdict = verdict
    self.reason = reason
  }
}

/// The verdict on a pickle: what it would import and call, judged against an allow-list.
///
/// Every value counts, reachable from the result or not: unpickling makes them all.
package struct PickleAudit: Sendable {
  /// Each global once, in order of first use, with the worst verdict of its uses.
  package private(set) var globals: [AuditedGlobal] = []
  /// What is wrong beyond the names, as sentences.
  package private(set) var findings: [(verdict: AuditVerdict, text: String)] = []

  private var indices: [GlobalName: Int] = [:]
  private var callables: HandleTable<Callable>
  private var standings: [GlobalName: TrustedGlobals.Standing] = [:]
  /// What `_load_from_bytes` is given: whole files, in any format that `torch.load` reads. They are
  /// not part of this verdict.
  package private(set) var nestedContents: [Bytes] = []
  private var nestedLiterals: Set<Literal> = []
  private static let mostGlobals = 100_000
  private let document: PickleDocument
  private let isTorchScript: Bool

  package var verdict: AuditVerdict {
    max(globals.map(\.verdict).max() ?? .safe, findings.map(\.verdict).max() ?? .safe)
  }

  /// Judges a pickle. O(its size).
  ///
  /// - Parameter isTorchScript: Whether the TorchScript runtime reads the pickle, which finds the
  ///   classes under `__torch__` in the archive and imports nothing.
  package init(_ document: PickleDocument, isTorchScript: Bool = false) {
    self.document = document
    self.isTorchScript = isTorchScript
    callables = HandleTable(for: document)
    judgeConditionalValues()
    for handle in document.handles {
      switch document.kind(handle) {
      case .global: judgeGlobal(handle)
      case .call: judgeCall(handle)
      case .extensionCode:
        add(
          .dangerous,
          "refers to extension code \(document.extensionCode(handle) ?? 0) of the copyreg "
            + "registry, which hides what is called")
      case .list where hasState(handle), .dict where hasState(handle), .set where hasState(handle):
        add(.unknown, "gives a state to a plain container")
      default: break
      }
    }
  }

  /// A few names stand for thousands of calls.
  private mutating func standing(of name: GlobalName) -> TrustedGlobals.Standing {
    if let known = standings[name] { return known }
    let standing = TrustedGlobals.standing(of: name)
    standings[name] = standing
    return standing
  }

  private func hasState(_ handle: PickleHandle) -> Bool { !document.states(handle).isEmpty }

  private mutating func add(_ verdict: AuditVerdict, _ text: String) {
    if !findings.contains(where: { $0.text == text }), findings.count < 1000 {
      findings.append((verdict, text))
    }
  }

  private mutating func note(_ global: GlobalName, _ verdict: AuditVerdict, _ reason: String?) {
    if let index = indices[global] {
      if verdict > globals[index].verdict {
        globals[index].verdict = verdict
        globals[index].reason = reason
      }
    } else if globals.count == Self.mostGlobals {
      add(.dangerous, "refers to more than \(Self.mostGlobals) names")
    } else {
      indices[global] = globals.count
      globals.append(AuditedGlobal(global: global, verdict: verdict, reason: reason))
    }
  }

  // MARK: Names

  private mutating func judgeGlobal(_ handle: PickleHandle) {
    guard let name = document.globalName(handle) else {
      return add(.dangerous, "computes or hides the name of what it imports")
    }
    if isTorchScript, name.isInside("__torch__") { return note(name, .safe, nil) }
    switch standing(of: name) {
    case .harmless, .conditional: note(name, .safe, nil)
    case .dangerous(let why): note(name, .dangerous, why)
    case .unknown: note(name, .unknown, "is not known here")
    }
  }

  /// The class or function that a callable names; a legacy file may wrap it into a persistent id
  /// that carries its source.
  private mutating func callable(_ handle: PickleHandle) -> Callable? {
    if let known = callables[handle] { return known }
    guard let name = readCallableName(handle) else { return nil }
    var isConditional = false
    if case .conditional = standing(of: name) { isConditional = true }
    let callable = Callable(
      name: name, isConditional: isConditional,
      isReferenceOnly: TrustedGlobals.isReferenceOnly(name))
    callables.set(handle, to: callable)
    return callable
  }

  /// What is called, and how its calls are judged.
  private struct Callable {
    let name: GlobalName
    let isConditional: Bool
    let isReferenceOnly: Bool
  }

  private func readCallableName(_ handle: PickleHandle) -> GlobalName? {
    if let name = document.globalName(handle) { return name }
    guard let id = document.persistentID(handle) else { return nil }
    return document.firstElements(id, 4).lazy.compactMap { document.globalName($0) }.first
  }

  /// A callable that is harmless with certain arguments is so only where it is called with them; as
  /// a value, anything may call it with others.
  private mutating func judgeConditionalValues() {
    var names: [(handle: PickleHandle, name: GlobalName)] = []
    var uses = HandleTable<Int>(for: document)
    for handle in document.handles where document.kind(handle) == .global {
      guard let name = document.globalName(handle),
        case .conditional = standing(of: name)
      else { continue }
      names.append((handle, name))
      uses.set(handle, to: 0)
    }
    guard !names.isEmpty else { return }
    for child in document.children.lazy.map({ PickleHandle($0) }) {
      if let count = uses[child] { uses.set(child, to: count + 1) }
    }
    for handle in document.handles where document.kind(handle) == .call {
      guard let callable = document.call(handle)?.callable, let count = uses[callable] else {
        continue
      }
      uses.set(callable, to: count - 1)
    }
    for (handle, name) in names where (uses[handle] ?? 0) > 0 {
      note(name, .dangerous, "is passed on as a value, for something else to call")
    }
  }

  // MARK: Calls

  private mutating func judgeCall(_ handle: PickleHandle) {
    guard let call = document.call(handle) else { return }
    if call.form == .build {
      let target = document.kind(call.callable)
      return target == .global
        ? add(.dangerous, "sets attributes of an imported object")
        : add(.unknown, "gives a state to a value of kind \(target)")
    }
    guard let callable = callable(call.callable) else {
      return add(.dangerous, "calls something that it computes")
    }
    if callable.isReferenceOnly {
      return note(callable.name, .unknown, "is called, and known only as a value")
    }
    guard callable.isConditional else { return }
    let arguments = document.firstElements(call.arguments, 4)
    if let reason = objection(to: callable.name.inPython3, arguments) {
      note(callable.name, .dangerous, reason)
    }
  }

  /// Why a conditional callable is not harmless with these arguments; nil if it is.
  private mutating func objection(
    to name: GlobalName, _ arguments: [PickleHandle]
  ) -> String? {
    switch name.description {
    case "builtins.getattr":
      guard arguments.count == 2, let owner = document.globalName(arguments[0]),
        let attribute = document.string(arguments[1], limit: 64)
      else { return "looks up an attribute that it computes" }
      let allowed = TrustedGlobals.literalAttributes[owner.description]
      return allowed?.contains(attribute) == true ? nil : "looks up \(owner).\(attribute)"
    case "_codecs.encode":
      let isLiteral = arguments.count == 2 && document.kind(arguments[0]) == .string
      let encoding = arguments.last.flatMap { document.string($0, limit: 16) }?.lowercased()
      return isLiteral && encoding.map(TrustedGlobals.literalEncodings.contains) == true
        ? nil : "encodes something else than literal text"
    case "torch.storage._load_from_bytes":
      return nestedObjection(arguments)
    case "copyreg._reconstructor", "copyreg.__newobj__":
      guard let type = arguments.first.flatMap(document.globalName) else {
        return "constructs a class that it computes"
      }
      guard name.name == "_reconstructor" else { return nil }
      let base = arguments.count > 1 ? document.globalName(arguments[1])?.inPython3 : nil
      let isPlain = base.map { TrustedGlobals.plainBases.contains($0.description) } ?? false
      return isPlain || base == type ? nil : "constructs through a base that it computes"
    default:
      // _rebuild_from_type_v2(function, …) calls its first argument, which has to be a name; the
      // name is judged where it stands.
      guard let function = arguments.first.flatMap(readCallableName) else {
        return "calls something that it computes"
      }
      if case .conditional = standing(of: function) { return "calls \(function)" }
      return nil
    }
  }

  /// `_load_from_bytes` is `torch.load` of its argument: a file in a pickle.
  private mutating func nestedObjection(_ arguments: [PickleHandle]) -> String? {
    guard arguments.count == 1, let literal = literal(arguments[0]) else {
      return "loads bytes that it computes"
    }
    guard nestedLiterals.insert(literal).inserted else { return nil }
    guard let bytes = bytes(literal) else { return "loads text that is no bytes" }
    nestedContents.append(bytes)
    return nil
  }

  /// Bytes that stand in the pickle, as they are or as `_codecs.encode(text, encoding)`.
  private struct Literal: Hashable {
    let value: PickleHandle
    let isLatin1: Bool
  }

  private mutating func literal(_ handle: PickleHandle) -> Literal? {
    switch document.kind(handle) {
    case .bytes, .byteArray, .string: return Literal(value: handle, isLatin1: false)
    default: break
    }
    guard let call = document.call(handle),
      callable(call.callable)?.name.description == "_codecs.encode",
      let text = document.firstElements(call.arguments, 1).first, document.kind(text) == .string
    else { return nil }
    let encoding = document.firstElements(call.arguments, 2).last
      .flatMap { document.string($0, limit: 16) }?.lowercased()
    return Literal(value: text, isLatin1: encoding?.hasPrefix("utf") != true)
  }

  private func bytes(_ literal: Literal) -> Bytes? {
    guard literal.isLatin1 else {
      return document.rawBytes(literal.value)
        ?? document.string(literal.value).map { Bytes($0.utf8) }
    }
    let scalars = document.string(literal.value)?.unicodeScalars
    return scalars.map { Bytes($0.map { UInt8(truncatingIfNeeded: $0.value) }) }
  }
}
