import PthBytes

/// A global that a pickle refers to, with the worst verdict on its uses.
package struct AuditedGlobal: Sendable {
  package let global: GlobalName
  package internal(set) var verdict: AuditVerdict
  /// Why the global is not safe; nil if it is.
  package internal(set) var reason: String?

  /// The reason for a name that is on no list.
  package static let unfamiliar = "is not known here"

  package init(global: GlobalName, verdict: AuditVerdict, reason: String?) {
    self.global = global
    self.verdict = verdict
    self.reason = reason
  }
}

/// The verdict on a pickle: what it would import and call, compared with an allow-list.
///
/// Values that the result does not reach are judged too, since unpickling makes them all.
package struct PickleAudit: Sendable {
  /// Each global once, in the order of first use, with the worst verdict on its uses.
  package private(set) var globals: [AuditedGlobal] = []
  /// Findings that do not belong to a name, as sentences without a subject.
  package private(set) var findings: [(verdict: AuditVerdict, text: String)] = []

  private var indices: [GlobalName: Int] = [:]
  let callables: CallableTable
  let contents: ContentsTable
  /// Cached results for values that many calls share.
  var pairLists: HandleTable<Bool>
  /// By state: for objects that may not hold names (index 0), and for those that may (index 1).
  var stateObjections: [HandleTable<Objection?>]
  var dtypes: HandleTable<DType>
  var elementCounts: HandleTable<Int>
  private var standings: [GlobalName: TrustedGlobals.Standing] = [:]
  /// The arguments of `_load_from_bytes`: whole files, in any format that `torch.load` reads. The verdict here does
  /// not include them; the caller has to judge them.
  package private(set) var nestedContents: [Bytes] = []
  private var nestedLiterals: Set<Literal> = []
  private static let maximumGlobalCount = 100_000
  let document: PickleDocument
  private let isTorchScript: Bool

  package var verdict: AuditVerdict {
    max(globals.map(\.verdict).max() ?? .safe, findings.map(\.verdict).max() ?? .safe)
  }

  /// Judges a pickle. O(size of the pickle).
  ///
  /// - Parameter isTorchScript: Whether the pickle is read by the TorchScript runtime, which finds the classes under
  ///   `__torch__` in the archive and imports nothing.
  package init(_ document: PickleDocument, isTorchScript: Bool = false) {
    self.document = document
    self.isTorchScript = isTorchScript
    let callables = CallableTable(document, isTorchScript: isTorchScript)
    self.callables = callables
    contents = ContentsTable(document, own: callables.contents(of:))
    pairLists = HandleTable(for: document)
    stateObjections = [HandleTable(for: document), HandleTable(for: document)]
    dtypes = HandleTable(for: document)
    elementCounts = HandleTable(for: document)
    judgeConditionalValues()
    if Self.hasEndlessTuples(document) {
      add(
        .unknown, "holds nested shared tuples that Python cannot hash or print in reasonable time")
    }
    for handle in document.handles {
      switch document.kind(handle) {
      case .global: judgeGlobal(handle)
      case .call: judgeCall(handle)
      case .persistentID: judgePersistentID(handle)
      case .list where document.hasItemsSet(handle):
        add(.dangerous, "sets items of a list by their index")
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

  /// The standing of a name, cached because thousands of calls share a few names.
  private mutating func standing(of name: GlobalName) -> TrustedGlobals.Standing {
    if let known = standings[name] { return known }
    let standing = TrustedGlobals.standing(of: name)
    standings[name] = standing
    return standing
  }

  private func hasState(_ handle: PickleHandle) -> Bool { !document.states(handle).isEmpty }

  mutating func add(_ verdict: AuditVerdict, _ text: String) {
    if !findings.contains(where: { $0.text == text }), findings.count < 1000 {
      findings.append((verdict, text))
    }
  }

  mutating func note(_ global: GlobalName, _ verdict: AuditVerdict, _ reason: String?) {
    if let index = indices[global] {
      if verdict > globals[index].verdict {
        globals[index].verdict = verdict
        globals[index].reason = reason
      }
    } else if globals.count == Self.maximumGlobalCount {
      add(.dangerous, "refers to more than \(Self.maximumGlobalCount) names")
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
    case .unknown: note(name, .unknown, AuditedGlobal.unfamiliar)
    }
  }

  /// Judges callables that are harmless only with certain arguments and are used other than by a call: as a value,
  /// anything may call them with other arguments.
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

  /// Judges a persistent id. torch.load takes the second part of `('storage', type, key, location, count)` as a
  /// storage class, and old versions call it. Tar files have a number, or a class with its source.
  private mutating func judgePersistentID(_ handle: PickleHandle) {
    guard let id = document.persistentID(handle) else { return }
    switch document.kind(id) {
    case .int, .bigInt, .string: return
    case .tuple: break
    default: return add(.dangerous, "computes a persistent id")
    }
    let parts = document.firstElements(id, 8)
    if let first = parts.first, document.string(first, limit: 16) == "storage", parts.count > 1 {
      guard let type = document.globalName(parts[1]), TrustedGlobals.isStorage(type) else {
        return add(.dangerous, "has a storage whose type is not a storage class")
      }
      let isPlain = parts.dropFirst(2).allSatisfy { contents[$0].isEmpty }
      if !isPlain { add(.dangerous, "computes the name of a storage") }
    } else if CallableTable.sourcedClass(id, in: document) == nil {
      add(.unknown, "has a persistent id that is no storage")
    }
  }

  // MARK: Nested pickles

  /// Judges `_load_from_bytes`, which is `torch.load` of a file inside the pickle.
  mutating func nestedObjection(_ arguments: [PickleHandle]) -> String? {
    guard arguments.count == 1, let literal = literal(arguments[0]) else {
      return "loads bytes that it computes"
    }
    guard nestedLiterals.insert(literal).inserted else { return nil }
    guard let bytes = bytes(literal) else { return "loads text that is no bytes" }
    nestedContents.append(bytes)
    return nil
  }

  /// Bytes that the pickle contains literally, or as `_codecs.encode(text, encoding)`.
  struct Literal: Hashable {
    let value: PickleHandle
    let isLatin1: Bool
  }

  func literal(_ handle: PickleHandle) -> Literal? {
    switch document.kind(handle) {
    case .bytes, .byteArray, .string: return Literal(value: handle, isLatin1: false)
    default: break
    }
    guard let call = document.call(handle),
      callables[call.callable]?.name.description == "_codecs.encode",
      let text = document.firstElements(call.arguments, 1).first, document.kind(text) == .string
    else { return nil }
    let encoding = document.firstElements(call.arguments, 2).last
      .flatMap { document.string($0, limit: 16) }?.lowercased()
    return Literal(value: text, isLatin1: encoding?.hasPrefix("utf") != true)
  }

  func bytes(_ literal: Literal) -> Bytes? {
    guard literal.isLatin1 else {
      return document.rawBytes(literal.value)
        ?? document.string(literal.value).map { Bytes($0.utf8) }
    }
    let scalars = document.string(literal.value)?.unicodeScalars
    return scalars.map { Bytes($0.map { UInt8(truncatingIfNeeded: $0.value) }) }
  }
}
