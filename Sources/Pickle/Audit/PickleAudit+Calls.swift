/// Why a call, or the state that an object gets, is not known to be harmless.
struct Objection: Hashable {
  let verdict: AuditVerdict
  let reason: String

  init(_ verdict: AuditVerdict, _ reason: String) {
    self.verdict = verdict
    self.reason = reason
  }
}

/// Judges calls by the callable and its arguments.
extension PickleAudit {
  mutating func judgeCall(_ handle: PickleHandle) {
    guard let call = document.call(handle) else { return }
    switch call.form {
    case .build: return judgeBuild(call)
    case .append, .setItems:
      return add(.dangerous, "adds items to an imported object, or to something that it computes")
    default: break
    }
    guard let callable = callables[call.callable] else {
      return add(.dangerous, "calls something that it computes")
    }
    if callable.isScripted { return }
    guard document.kind(call.arguments) == .tuple else {
      return note(callable.name, .dangerous, "is called with arguments that it computes")
    }
    guard callable.isTrusted else {
      // A global was judged where it occurs; what getattr finds is judged where it is called.
      if document.kind(call.callable) == .call,
        case .dangerous(let why) = TrustedGlobals.standing(of: callable.name)
      {
        note(callable.name, .dangerous, why)
      }
      if TrustedGlobals.isMethod(callable.name) {
        note(callable.name, .dangerous, "is a method, and is called by its name")
      }
      return
    }
    guard let rule = callable.rule else {
      return note(callable.name, .unknown, "is called, and known only as a value")
    }
    if let keywords = call.keywords, document.hasMembers(keywords) {
      note(callable.name, .unknown, "is called with keyword arguments")
    }
    let arguments = document.firstElements(call.arguments, Self.maximumArgumentCount + 1)
    guard arguments.count <= Self.maximumArgumentCount else {
      let verdict: AuditVerdict = rule.isConditional ? .dangerous : .unknown
      return note(callable.name, verdict, "is called with \(arguments.count) arguments or more")
    }
    if let found = constructionObjection(call, rule, arguments) {
      note(callable.name, found.verdict, found.reason)
    }
    for found in [
      objection(to: callable.name, rule, arguments, madeAs: handle),
      membersObjection(handle, rule, arguments), stateObjection(handle, rule, arguments),
    ] {
      if let found { note(callable.name, found.verdict, found.reason) }
    }
  }

  /// In real files `pathlib.Path` has the most arguments, one per part of the path.
  private static var maximumArgumentCount: Int { 64 }

  private mutating func judgeBuild(_ call: PickleCall) {
    switch document.kind(call.callable) {
    case .global, .extensionCode, .persistentID:
      add(.dangerous, "sets attributes of an imported object")
    case let kind: add(.unknown, "gives a state to a value of kind \(kind)")
    }
  }

  // MARK: Arguments

  /// Why a trusted callable is not known to be harmless with these arguments; nil if it is.
  private mutating func objection(
    to name: GlobalName, _ rule: CallRule, _ arguments: [PickleHandle],
    madeAs handle: PickleHandle? = nil
  ) -> Objection? {
    switch rule {
    case .plain, .constructed, .factory, .container:
      return effortObjection(to: name, arguments) ?? containerObjection(rule, arguments)
    case .tensor(let classIndex):
      if let found = effortObjection(to: name, arguments) { return found }
      for (index, argument) in arguments.enumerated() where index != classIndex {
        if let found = objection(toHolding: argument, beyond: .tensors) { return found }
      }
      // (data, requires_grad, hooks, state)
      guard name.name == "_rebuild_parameter_with_state", arguments.count > 3 else { return nil }
      return attributesObjection(arguments[3], mayHoldNames: false)
    case .module:
      return arguments.isEmpty ? nil : Objection(.unknown, "is constructed with arguments")
    case .object:
      return objection(toHoldingAny: arguments, beyond: .tensors)
    case .identity:
      if arguments.contains(where: { contents[$0].contains(.names) }) {
        return Objection(.dangerous, "hides a class or function behind a call")
      }
      return objection(toHoldingAny: arguments, beyond: [.tensors, .objects])
    case .numpy(let call):
      guard let handle else { return Objection(.unknown, "is not called by the pickle itself") }
      return numpyObjection(to: call, handle, arguments)
    case .conditional(let call):
      return conditionalObjection(to: call, name, arguments)
    }
  }

  /// Why a value may not be where Python calls its methods; nil if it may be there.
  func objection(toHolding handle: PickleHandle, beyond allowed: ValueContents) -> Objection? {
    let rest = contents[handle].subtracting(allowed)
    let kinds: [(ValueContents, String)] = [
      (.names, "a class or function"), (.objects, "an object"), (.tensors, "a tensor"),
      (.unknown, "something that is not known"),
    ]
    return kinds.first { rest.contains($0.0) }.map { Objection(.unknown, "is given \($0.1)") }
  }

  func objection(
    toHoldingAny handles: some Sequence<PickleHandle>, beyond allowed: ValueContents
  ) -> Objection? {
    for handle in handles {
      if let found = objection(toHolding: handle, beyond: allowed) { return found }
    }
    return nil
  }

  private mutating func containerObjection(_ rule: CallRule, _ arguments: [PickleHandle])
    -> Objection?
  {
    var rest = arguments[...]
    if case .factory = rule, let factory = rest.popFirst() {
      let name = document.globalName(factory)?.inPython3.description
      guard document.kind(factory) == .none || name.map(TrustedGlobals.factories.contains) == true
      else { return Objection(.unknown, "has a factory that is no plain type") }
    }
    switch rule {
    case .container(let members):
      guard let first = rest.popFirst() else { return nil }
      let isMapping = members.contains(.entries)
      guard isLiteralContainer(first, ofPairs: isMapping) else {
        return objection(toHolding: first, beyond: [])
      }
    case .factory:
      guard let first = rest.popFirst() else { return nil }
      guard isLiteralContainer(first, ofPairs: true) else {
        return objection(toHolding: first, beyond: [])
      }
    default: break
    }
    return objection(toHoldingAny: rest, beyond: [])
  }

  /// Whether a value is a container literal, which Python reads without calling anything. With `ofPairs` it must be a
  /// dict or contain pairs.
  private mutating func isLiteralContainer(_ handle: PickleHandle, ofPairs: Bool) -> Bool {
    switch document.kind(handle) {
    case .dict: return true
    case .tuple, .list, .set, .frozenSet: break
    default: return false
    }
    guard ofPairs else { return true }
    if let known = pairLists[handle] { return known }
    let isPairs = document.elements(handle).allSatisfy {
      [.tuple, .list].contains(document.kind($0)) || contents[$0].isEmpty
    }
    pairLists.set(handle, to: isPairs)
    return isPairs
  }

  /// Why an instance may not be made without its constructor, as NEWOBJ does; nil if it may.
  private func constructionObjection(
    _ call: PickleCall, _ rule: CallRule, _ arguments: [PickleHandle]
  ) -> Objection? {
    let isBare: Bool
    switch rule {
    case .conditional(.reconstructor), .conditional(.newObject): isBare = true
    default: isBare = call.form != .reduce
    }
    switch objectRule(rule, arguments) {
    case .numpy(.wrapper)?:
      return call.form == .newObject
        ? nil : Objection(.unknown, "is made in a way that joblib never writes")
    case .constructed? where isBare, .numpy? where isBare:
      return Objection(.unknown, "is made without its constructor")
    default: return nil
    }
  }

  // MARK: Items and states

  private func membersObjection(
    _ handle: PickleHandle, _ rule: CallRule, _ arguments: [PickleHandle]
  ) -> Objection? {
    let allowed: CallRule.Members
    switch objectRule(rule, arguments) {
    case .container(let members)?, .object(let members, _)?: allowed = members
    case .factory?: allowed = .entries
    default: allowed = []
    }
    if !allowed.contains(.entries), !document.firstEntries(handle, 1).isEmpty {
      return Objection(.dangerous, "is no dict, and items of it are set")
    }
    if !allowed.contains(.elements), !document.firstElements(handle, 1).isEmpty {
      return Objection(.dangerous, "is no list, and items are added to it")
    }
    return nil
  }

  /// The rule of the class of which a call makes an instance.
  private func objectRule(_ rule: CallRule, _ arguments: [PickleHandle]) -> CallRule? {
    switch rule {
    case .conditional(.reconstructor), .conditional(.newObject):
      return arguments.first.flatMap { CallableTable.name(of: $0, in: document) }
        .flatMap { CallRule.of($0.inPython3) }
    default: return rule
    }
  }

  private mutating func stateObjection(
    _ handle: PickleHandle, _ rule: CallRule, _ arguments: [PickleHandle]
  ) -> Objection? {
    guard document.hasMembers(handle) else { return nil }
    let states = document.states(handle)
    guard let state = states.first else { return nil }
    guard states.count == 1 else { return Objection(.unknown, "is given several states") }
    switch objectRule(rule, arguments) {
    case .numpy(let call)?: return numpyStateObjection(to: call, handle, state)
    case .conditional(.partial)?: return partialObjection(document.firstElements(state, 1))
    case .object(_, let mayHoldNames)?:
      return attributesObjection(state, mayHoldNames: mayHoldNames)
    case .constructed?:
      return document.kind(state) == .tuple
        ? objection(toHolding: state, beyond: .tensors)
        : Objection(.unknown, "is given a state that its class never writes")
    case .module?:
      // pickle sets slots with setattr, which torch.nn.Module overrides.
      let parts = document.kind(state) == .tuple ? document.firstElements(state, 3) : []
      if parts.count == 2, document.kind(parts[1]) != .none {
        return Objection(.unknown, "is given a state that its class never writes")
      }
      return attributesObjection(state, mayHoldNames: false)
    case nil: return nil
    default: return attributesObjection(state, mayHoldNames: false)
    }
  }

  // MARK: Conditional callables

  private mutating func conditionalObjection(
    to call: CallRule.ConditionalCall, _ name: GlobalName, _ arguments: [PickleHandle]
  ) -> Objection? {
    switch call {
    case .attribute: return attributeObjection(arguments)
    case .encoding:
      let isLiteral = arguments.count == 2 && document.kind(arguments[0]) == .string
      let encoding = arguments.last.flatMap { document.string($0, limit: 16) }?.lowercased()
      return isLiteral && encoding.map(TrustedGlobals.literalEncodings.contains) == true
        ? nil : Objection(.dangerous, "encodes something else than literal text")
    case .nestedPickle:
      return nestedObjection(arguments).map { Objection(.dangerous, $0) }
    case .rebuildFromType: return rebuildObjection(arguments)
    case .reconstructor:
      guard let type = arguments.first.flatMap({ CallableTable.name(of: $0, in: document) }) else {
        return Objection(.dangerous, "constructs a class that it computes")
      }
      let base = arguments.count > 1 ? document.globalName(arguments[1])?.inPython3 : nil
      let isPlain = base.map { TrustedGlobals.plainBases.contains($0.description) } ?? false
      guard isPlain || base == type else {
        return Objection(.dangerous, "constructs through a base that it computes")
      }
      guard arguments.count > 2, !isLiteralContainer(arguments[2], ofPairs: false) else {
        return nil
      }
      return objection(toHolding: arguments[2], beyond: [])
    case .newObject:
      guard let first = arguments.first, let type = CallableTable.name(of: first, in: document)
      else { return Objection(.dangerous, "constructs a class that it computes") }
      guard TrustedGlobals.isTrusted(type) else { return nil }
      guard let rule = CallRule.of(type.inPython3), !rule.isConditional else {
        return Objection(.dangerous, "constructs \(type)")
      }
      return objection(to: type, rule, Array(arguments.dropFirst()))
    case .partial: return partialObjection(arguments)
    case .type:
      return arguments.count == 1 && document.kind(arguments[0]) == .none
        ? nil : Objection(.dangerous, "finds or makes a class")
    }
  }

  private func attributeObjection(_ arguments: [PickleHandle]) -> Objection? {
    guard arguments.count == 2, let attribute = document.string(arguments[1], limit: 64) else {
      return Objection(.dangerous, "looks up an attribute that it computes")
    }
    guard let owner = document.globalName(arguments[0]) else {
      // A bound method of an object in the pickle, as LazyLinear and CyclicLR save it.
      guard let call = document.call(arguments[0]), let owner = callables[call.callable],
        isInstance(of: owner), !attribute.hasPrefix("__")
      else { return Objection(.dangerous, "looks up an attribute of something that it computes") }
      return Objection(.unknown, "looks up the method \(attribute) of a \(owner.name)")
    }
    let path = GlobalName(module: owner.module, name: "\(owner.name).\(attribute)")
    if TrustedGlobals.isLiteralAttribute(path) || TrustedGlobals.isFunction(path)
      || CallRule.of(path.inPython3) != nil
    {
      return nil
    }
    return Objection(
      isMethodName(attribute, of: owner, path) ? .unknown : .dangerous, "looks up \(path)")
  }

  /// Whether a name may be a method of a class, as saved by objects that keep one. The method is as unknown as its
  /// class, and is judged where it is called.
  private func isMethodName(_ attribute: String, of owner: GlobalName, _ path: GlobalName) -> Bool {
    if attribute.hasPrefix("__") || attribute.contains(".") || TrustedGlobals.isDenied(path) {
      return false
    }
    if case .unknown = TrustedGlobals.standing(of: path) { return true }
    // For pickle, torch's functions are methods of this class.
    return owner.description == "torch._C._VariableFunctionsClass"
  }

  private func isInstance(of callable: Callable) -> Bool {
    switch callable.rule {
    case .module?, .object?: true
    case nil: !callable.isTrusted
    default: false
    }
  }

  /// Judges `partial`, which calls nothing yet; the function that it binds must have a name.
  private func partialObjection(_ arguments: [PickleHandle]) -> Objection? {
    guard let function = arguments.first.flatMap({ CallableTable.name(of: $0, in: document) })
    else {
      return Objection(.dangerous, "binds something that it computes")
    }
    switch TrustedGlobals.standing(of: function) {
    case .conditional, .dangerous: return Objection(.dangerous, "binds \(function)")
    case .harmless, .unknown: return Objection(.unknown, "binds \(function), for a later call")
    }
  }

  /// Judges (function, type, arguments, state), which calls its first argument.
  private mutating func rebuildObjection(_ arguments: [PickleHandle]) -> Objection? {
    guard let function = arguments.first.flatMap({ CallableTable.name(of: $0, in: document) })
    else {
      return Objection(.dangerous, "calls something that it computes")
    }
    guard arguments.count > 2, document.kind(arguments[2]) == .tuple else {
      return Objection(.dangerous, "calls \(function) with arguments that it computes")
    }
    guard document.globalName(arguments[1]) != nil else {
      return Objection(.dangerous, "makes a class of what it computes")
    }
    // An untrusted function was judged where its name occurs.
    if TrustedGlobals.isTrusted(function) {
      guard let rule = CallRule.of(function.inPython3), !rule.isConditional else {
        return Objection(.dangerous, "calls \(function)")
      }
      let inner = document.firstElements(arguments[2], Self.maximumArgumentCount)
      if let found = objection(to: function, rule, inner) { return found }
    }
    return arguments.count > 3 ? attributesObjection(arguments[3], mayHoldNames: false) : nil
  }
}
