/// Judges the attributes that BUILD gives to an object.
extension PickleAudit {
  /// Why the state of a trusted object is not known to be harmless; nil if it is.
  ///
  /// - Parameter mayHoldNames: Whether classes and functions are normal attribute values for it.
  mutating func attributesObjection(_ state: PickleHandle, mayHoldNames: Bool) -> Objection? {
    switch document.kind(state) {
    case .none: return nil
    case .dict: return dictionaryObjection(state, mayHoldNames)
    case .tuple:
      let parts = document.firstElements(state, 3)
      let isPair =
        parts.count == 2 && parts.allSatisfy { [.dict, .none].contains(document.kind($0)) }
      guard isPair else { break }
      for part in parts where document.kind(part) == .dict {
        if let objection = dictionaryObjection(part, mayHoldNames) { return objection }
      }
      return nil
    default: break
    }
    return objection(toHolding: state, beyond: .tensors)
  }

  private mutating func dictionaryObjection(_ state: PickleHandle, _ mayHoldNames: Bool)
    -> Objection?
  {
    let table = mayHoldNames ? 1 : 0
    if let known = stateObjections[table][state] { return known }
    var worst: Objection?
    for (key, value) in document.entries(state) {
      guard let found = attributeObjection(key, value, mayHoldNames) else { continue }
      if worst.map({ found.verdict > $0.verdict }) ?? true { worst = found }
    }
    stateObjections[table].set(state, to: worst)
    return worst
  }

  private func attributeObjection(
    _ key: PickleHandle, _ value: PickleHandle, _ mayHoldNames: Bool
  ) -> Objection? {
    guard document.kind(key) == .string, let name = document.string(key, limit: 128) else {
      return Objection(.unknown, "is given an attribute whose name is no text")
    }
    if name.hasPrefix("__"), name.hasSuffix("__") {
      let isInert = contents[value].subtracting(.tensors).isEmpty
      return Objection(isInert ? .unknown : .dangerous, "is given its own \(name)")
    }
    if name.contains("_hook"), !isHarmlessHooks(value) {
      return Objection(.unknown, "is given \(name), which something calls later")
    }
    guard !mayHoldNames, contents[value].contains(.names) else { return nil }
    if let function = CallableTable.name(of: value, in: document),
      TrustedGlobals.isFunction(function), Self.functionAttributes.contains(name)
    {
      return nil
    }
    return Objection(.unknown, "is given a class or function as its attribute \(name)")
  }

  /// Attributes in which `torch.nn` modules keep a function.
  private static let functionAttributes: Set<String> = ["activation", "distance_function"]

  /// Whether an attribute for hooks has no hooks, or only hooks that torch.nn itself registers.
  private func isHarmlessHooks(_ value: PickleHandle) -> Bool {
    switch document.kind(value) {
    case .none, .bool, .int: return true
    case .dict, .list, .set: return !document.hasMembers(value)
    case .call:
      let maximumCount = 64
      let entries = document.firstEntries(value, maximumCount + 1)
      guard document.call(value).flatMap({ callables[$0.callable] })?.name.name == "OrderedDict",
        entries.count <= maximumCount
      else { return false }
      return entries.allSatisfy { entry in
        guard let call = document.call(entry.value) else {
          return document.kind(entry.value) == .bool
        }
        return callables[call.callable].map { Self.hooks.contains($0.name.description) } ?? false
      }
    default: return false
    }
  }

  private static let hooks: Set<String> = [
    "torch.nn.utils.weight_norm.WeightNorm", "torch.nn.utils.spectral_norm.SpectralNorm",
    "torch.nn.utils.spectral_norm.SpectralNormStateDictHook",
    "torch.nn.utils.spectral_norm.SpectralNormLoadStateDictPreHook",
    "torch.nn.modules.module._WrappedHook",
  ]
}
