import PthBytes

/// Whether `torch.load(weights_only=True)` takes the state that BUILD gives to the result of a call. What a state may
/// be depends on the type of the result: most types on PyTorch's list have no attributes at all.
enum WeightsOnlyState {
  private enum Rule {
    /// `__dict__.update(state)`.
    case mapping
    /// A class with a `__dict__`: attributes, or a pair of attributes and slots.
    case attributes
    /// A type without a `__dict__`: only a state that counts as false.
    case nothing
    /// `set_(*state)`: storage, offset, size and strides.
    case tensor
    /// `set_` of a tensor without data, which takes no storage.
    case metaTensor
    /// `__setstate__` of a parameter.
    case parameter
    /// A type that is not on the list, or that cannot be made.
    case refused
  }

  /// The callables whose result is no tensor.
  private static let rules: [String: Rule] = [
    "collections.OrderedDict": .mapping, "collections.Counter": .attributes,
    "torch.storage.UntypedStorage": .attributes, "torch.storage.TypedStorage": .attributes,
    "torch.Size": .nothing,
    "torch.device": .nothing, "builtins.complex": .nothing, "builtins.set": .nothing,
    "builtins.bytearray": .nothing, "_codecs.encode": .refused,
    "torch.serialization._get_layout": .refused, "torch.nn.parameter.Parameter": .parameter,
    "torch._utils._rebuild_parameter": .parameter,
    "torch._utils._rebuild_parameter_with_state": .parameter,
    "torch._utils._rebuild_meta_tensor_no_storage": .metaTensor,
  ]

  /// No real state has so many members; states that many calls share must not be walked for each.
  private static let maximumCount = 64

  /// Whether the states of a call are taken.
  ///
  /// - Parameter name: The callable as Python 3 calls it.
  static func accepts(_ call: PickleHandle, of name: String, in document: PickleDocument) -> Bool {
    let rule = rules[name] ?? (name.hasSuffix("Storage") ? .refused : .tensor)
    return document.states(call).allSatisfy { state in
      switch rule {
      case .mapping: return isUpdate(state, document)
      case .attributes, .nothing:
        let parts = document.kind(state) == .tuple ? document.firstElements(state, 3) : []
        let (attributes, slots) = parts.count == 2 ? (parts[0], parts[1]) : (state, nil)
        if !isFalse(attributes, document), rule == .nothing || !isUpdate(attributes, document) {
          return false
        }
        guard let slots, !isFalse(slots, document) else { return true }
        let entries = document.firstEntries(slots, maximumCount + 1)
        return rule == .attributes && document.kind(slots) == .dict
          && entries.count <= maximumCount
          && entries.allSatisfy { document.kind($0.key) == .string }
      case .tensor: return isEmpty(state, document) || isView(state, document)
      case .metaTensor: return isEmpty(state, document)
      case .parameter:
        return isParameterState(state, document)
          || !requiresGradient(call, document) && isView(state, document)
      case .refused: return false
      }
    }
  }

  /// Whether `dict.update` takes the value.
  private static func isUpdate(_ state: PickleHandle, _ document: PickleDocument) -> Bool {
    switch document.kind(state) {
    case .dict: return true
    case .call:
      let name = document.call(state).flatMap { document.globalName($0.callable) }
      return ["collections.OrderedDict", "collections.Counter"].contains(name?.description)
    case .list, .tuple:
      let pairs = document.firstElements(state, maximumCount + 1)
      return pairs.count <= maximumCount
        && pairs.allSatisfy {
          [.list, .tuple].contains(document.kind($0)) && document.firstElements($0, 3).count == 2
        }
    default: return isEmpty(state, document)
    }
  }

  /// Whether the value is a container or a text without members.
  private static func isEmpty(_ value: PickleHandle, _ document: PickleDocument) -> Bool {
    switch document.kind(value) {
    case .dict: return document.firstEntries(value, 1).isEmpty
    case .list, .set, .tuple, .frozenSet: return document.firstElements(value, 1).isEmpty
    case .string: return document.string(value, limit: 8) == ""
    case .bytes, .byteArray: return document.rawBytes(value)?.count == 0
    case .call:
      guard let call = document.call(value) else { return false }
      return isUpdate(value, document) && document.firstElements(call.arguments, 1).isEmpty
        && document.firstEntries(value, 1).isEmpty
    default: return false
    }
  }

  private static func isFalse(_ value: PickleHandle, _ document: PickleDocument) -> Bool {
    switch document.kind(value) {
    case .none: true
    case .bool: document.bool(value) == false
    case .int: document.int(value) == 0
    case .float: document.float(value) == 0
    default: isEmpty(value, document)
    }
  }

  /// Whether the value is (storage, offset, size, strides).
  private static func isView(_ state: PickleHandle, _ document: PickleDocument) -> Bool {
    let parts = document.firstElements(state, 5).map(document.kind)
    return parts.count == 4 && [.persistentID, .call].contains(parts[0]) && parts[1] == .int
      && parts[2...].allSatisfy { [.tuple, .list, .call].contains($0) }
  }

  /// Whether the value is (requires_grad, anything, hooks) or (data, anything, hooks, requires_grad, anything), as
  /// early versions of PyTorch wrote it.
  private static func isParameterState(_ state: PickleHandle, _ document: PickleDocument) -> Bool {
    let parts = document.firstElements(state, 6).map(document.kind)
    guard parts.count == 3 || parts.count == 5 && parts[0] == .call else { return false }
    return parts[parts.count == 3 ? 0 : 3] == .bool && [.none, .dict, .call].contains(parts[2])
  }

  /// Whether a call makes a parameter with a gradient, whose data cannot be replaced.
  private static func requiresGradient(_ call: PickleHandle, _ document: PickleDocument) -> Bool {
    guard let arguments = document.call(call)?.arguments else { return true }
    let parts = document.firstElements(arguments, 2)
    return parts.count < 2 || document.bool(parts[1]) != false
  }
}
