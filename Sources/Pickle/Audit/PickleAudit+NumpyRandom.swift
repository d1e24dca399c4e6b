/// Judges numpy's random generators. A generator uses its state unchecked: with a position beyond the end of the
/// state, numpy reads there.
extension PickleAudit {
  /// The bit generator class that a global or a short string names; nil if it names none.
  private func bitGenerator(_ handle: PickleHandle) -> String? {
    let name = document.globalName(handle).map(\.description)
    return Self.bitGenerators.first { name?.hasSuffix("." + $0) == true }
      ?? shortLiteral(handle).flatMap { Self.bitGenerators.contains($0) ? $0 : nil }
  }

  private static let bitGenerators = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]

  mutating func generatorObjection(_ handle: PickleHandle, _ arguments: [PickleHandle])
    -> Objection?
  {
    let odd = Objection(.unknown, "is called with arguments that numpy never writes")
    guard let name = document.call(handle).flatMap({ callables[$0.callable]?.name.name }) else {
      return odd
    }
    for argument in arguments {
      if let name = document.globalName(argument),
        !TrustedGlobals.generatorClasses.contains(name.description)
      {
        return Objection(.dangerous, "calls \(name)")
      }
    }
    switch name {
    case "__bit_generator_ctor":
      return arguments.count == 1 && bitGenerator(arguments[0]) != nil ? nil : odd
    case "__generator_ctor", "__randomstate_ctor":
      guard let first = arguments.first, arguments.count <= 2 else { return odd }
      if arguments.count == 2,
        document.globalName(arguments[1])?.name != "__bit_generator_ctor"
      {
        return odd
      }
      return isBitGenerator(first, at: document.time(ofCall: handle)) || bitGenerator(first) != nil
        ? nil : odd
    case "__pyx_unpickle_SeedSequence":
      return arguments.count == 3 && document.int(arguments[1]) != nil
        && document.kind(arguments[2]) == .none
        && document.globalName(arguments[0])?.name == "SeedSequence" ? nil : odd
    default: return Objection(.unknown, "is not how numpy pickles a generator")
    }
  }

  /// Whether a value is a result of `__bit_generator_ctor` that has its state by `time`.
  private func isBitGenerator(_ handle: PickleHandle, at time: Int) -> Bool {
    guard let call = document.call(handle), call.form == .reduce,
      callables[call.callable]?.name.name == "__bit_generator_ctor"
    else { return false }
    return document.isComplete(handle, by: time)
  }

  mutating func generatorStateObjection(
    _ handle: PickleHandle, _ state: PickleHandle, at time: Int
  ) -> Objection? {
    let odd = Objection(.unknown, "is given a state that numpy never writes")
    guard let call = document.call(handle), let name = callables[call.callable]?.name.name,
      let first = document.firstElements(call.arguments, 1).first
    else { return odd }
    switch name {
    case "__bit_generator_ctor":
      guard let kind = bitGenerator(first) else { return odd }
      if document.kind(state) == .dict { return isState(state, of: kind, at: time) ? nil : odd }
      let parts = document.kind(state) == .tuple ? document.firstElements(state, 3) : []
      return parts.count == 2 && isState(parts[0], of: kind, at: time)
        && isSeedSequence(parts[1], at: time) ? nil : odd
    case "__randomstate_ctor", "__generator_ctor":
      let maker = document.call(first).flatMap {
        document.firstElements($0.arguments, 1).first.flatMap(bitGenerator)
      }
      guard let kind = bitGenerator(first) ?? maker else { return odd }
      return isState(state, of: kind, at: time) ? nil : odd
    case "__pyx_unpickle_SeedSequence": return isSeedState(state, at: time) ? nil : odd
    default: return odd
    }
  }

  // MARK: States

  private mutating func isState(_ state: PickleHandle, of kind: String, at time: Int) -> Bool {
    guard let outer = entries(state, at: time), let inner = outer["state"],
      outer["bit_generator"].flatMap(shortLiteral) == kind,
      let values = entries(inner, at: time)
    else { return false }
    let buffered: Set = ["state", "bit_generator", "has_uint32", "uinteger"]
    switch kind {
    case "MT19937":
      let position = values["pos"].flatMap(document.int) ?? -1
      let gauss: Set = ["has_gauss", "gauss"]
      return Set(outer.keys).subtracting(gauss) == ["state", "bit_generator"]
        && outer.allSatisfy { !gauss.contains($0.key) || isNumber($0.value) }
        && values.count == 2 && 0...624 ~= position
        && isArray(values["key"], count: 624, width: 4, at: time)
    case "PCG64", "PCG64DXSM":
      return Set(outer.keys) == buffered && Set(values.keys) == ["state", "inc"]
        && values.values.allSatisfy(isInteger) && isBuffer(outer)
    case "SFC64":
      return Set(outer.keys) == buffered && values.count == 1
        && isArray(values["state"], count: 4, width: 8, at: time) && isBuffer(outer)
    default:
      let position = outer["buffer_pos"].flatMap(document.int) ?? -1
      return Set(outer.keys) == buffered.union(["buffer", "buffer_pos"]) && 0...4 ~= position
        && isArray(outer["buffer"], count: 4, width: 8, at: time) && values.count == 2
        && isArray(values["counter"], count: 4, width: 8, at: time)
        && isArray(values["key"], count: 2, width: 8, at: time) && isBuffer(outer)
    }
  }

  private func isBuffer(_ state: [String: PickleHandle]) -> Bool {
    state["has_uint32"].map(isInteger) == true && state["uinteger"].map(isInteger) == true
  }

  private func isInteger(_ handle: PickleHandle) -> Bool {
    [.int, .bigInt].contains(document.kind(handle))
  }

  private func isNumber(_ handle: PickleHandle) -> Bool {
    isInteger(handle) || document.kind(handle) == .float
  }

  /// Whether a value is None or a result of `__pyx_unpickle_SeedSequence`.
  private func isSeedSequence(_ handle: PickleHandle, at time: Int) -> Bool {
    if document.kind(handle) == .none { return true }
    guard let call = document.call(handle), call.form == .reduce,
      callables[call.callable]?.name.name == "__pyx_unpickle_SeedSequence"
    else { return false }
    return document.hasMembers(handle) && document.isComplete(handle, by: time)
  }

  /// Whether a state is (entropy, children, pool, pool size, spawn key).
  private mutating func isSeedState(_ state: PickleHandle, at time: Int) -> Bool {
    let parts = document.kind(state) == .tuple ? document.firstElements(state, 6) : []
    guard parts.count == 5, document.kind(parts[0]) == .none || isInteger(parts[0]),
      isInteger(parts[1]), let size = document.int(parts[3]), 4...64 ~= size,
      isArray(parts[2], count: size, width: 4, at: time), document.kind(parts[4]) == .tuple
    else { return false }
    let maximumCount = 64
    let key = document.firstElements(parts[4], maximumCount + 1)
    return key.count <= maximumCount && key.allSatisfy(isInteger)
  }

  /// The entries of a dict with distinct string keys that is complete by `time`; nil for any other value.
  private func entries(_ dict: PickleHandle, at time: Int) -> [String: PickleHandle]? {
    guard document.kind(dict) == .dict, document.isComplete(dict, by: time) else { return nil }
    let maximumCount = 8
    let entries = document.firstEntries(dict, maximumCount + 1)
    guard entries.count <= maximumCount else { return nil }
    var result: [String: PickleHandle] = [:]
    for (key, value) in entries {
      guard let name = document.string(key, limit: 32),
        result.updateValue(value, forKey: name) == nil
      else { return nil }
    }
    return result
  }

  /// Whether a value is a one-dimensional array of `count` numbers of `width` bytes, complete by `time`.
  private mutating func isArray(
    _ handle: PickleHandle?, count: Int, width: Int, at time: Int
  ) -> Bool {
    guard let handle, let call = document.call(handle), call.form == .reduce,
      document.isComplete(handle, by: time)
    else { return false }
    let shape: PickleHandle
    let type: PickleHandle
    switch callables[call.callable]?.rule {
    case .numpy(.reconstruct)?:
      let state = document.timedStates(handle, limit: 1).first?.state
      let parts = state.map { document.firstElements($0, 6) } ?? []
      guard parts.count == 5 else { return false }
      (shape, type) = (parts[1], parts[2])
    case .numpy(.fromBuffer)?:
      let parts = document.firstElements(call.arguments, 5)
      guard parts.count == 4 else { return false }
      (shape, type) = (parts[2], parts[1])
    default: return false
    }
    guard document.kind(shape) == .tuple, document.firstElements(shape, 2).count == 1,
      itemCount(shape) == count, case .values(let size) = dtype(type, usedAt: time)
    else { return false }
    return size == width
  }
}
