/// Judging numpy's calls. Whether an array's bytes are numbers or addresses of objects is decided
/// by its dtype, and a dtype by its state: one that lies makes an address of whatever bytes follow.
extension PickleAudit {
  /// A dtype as the pickle makes it.
  private enum DType {
    case values(size: Int)
    case objects
    case refused(Objection)
  }

  func numpyObjection(to call: CallRule.NumpyCall, _ arguments: [PickleHandle]) -> Objection? {
    switch call {
    case .dtype:
      return objection(toHoldingAny: arguments.dropFirst(), beyond: [])
        ?? dtypeNameObjection(arguments.first)
    case .reconstruct:
      guard arguments.count == 3, let type = document.globalName(arguments[0]) else {
        return Objection(.dangerous, "makes an array of a class that it computes")
      }
      guard TrustedGlobals.arrayClasses.contains(type.description) else {
        return Objection(.unknown, "makes a \(type)")
      }
      return objection(toHoldingAny: arguments.dropFirst(), beyond: [])
    case .scalar:
      guard arguments.count == 2 else { return Objection(.unknown, "is called oddly") }
      return bufferObjection(arguments[1], dtype(arguments[0]))
    case .fromBuffer:
      guard arguments.count == 4 else { return Objection(.unknown, "is called oddly") }
      return bufferObjection(arguments[0], dtype(arguments[1]))
        ?? objection(toHoldingAny: arguments.dropFirst(2), beyond: [])
    case .randomState, .bitGenerator:
      for argument in arguments {
        if let name = document.globalName(argument) {
          guard TrustedGlobals.generatorClasses.contains(name.description) else {
            return Objection(.dangerous, "calls \(name)")
          }
        } else if let found = objection(toHolding: argument, beyond: .tensors) {
          return found
        }
      }
      return nil
    }
  }

  func numpyStateObjection(
    to call: CallRule.NumpyCall, _ state: PickleHandle, _ arguments: [PickleHandle]
  ) -> Objection? {
    switch call {
    case .dtype:
      return dtypeStateObjection(arguments.first, state)
    case .reconstruct: return arrayStateObjection(state)
    default: return objection(toHolding: state, beyond: .tensors)
    }
  }

  // MARK: Arrays

  /// ([version,] shape, dtype, is_fortran, data)
  private func arrayStateObjection(_ state: PickleHandle) -> Objection? {
    let parts = document.kind(state) == .tuple ? document.firstElements(state, 6) : []
    guard parts.count == 4 || parts.count == 5 else {
      return Objection(.unknown, "gives an array a state that numpy never writes")
    }
    let (dtypeHandle, data) = (parts[parts.count - 3], parts[parts.count - 1])
    let dtype = dtype(dtypeHandle)
    if case .objects = dtype {
      guard document.kind(data) == .list else {
        return Objection(.dangerous, "takes bytes for the addresses of objects")
      }
      // What the list does not fill, numpy takes for objects as memory happens to be.
      let count = itemCount(parts[parts.count - 4])
      return count == document.elements(data).count
        ? nil : Objection(.dangerous, "has another number of objects than its shape says")
    }
    return bufferObjection(data, dtype)
  }

  /// The product of a shape that stands in the pickle.
  private func itemCount(_ shape: PickleHandle) -> Int? {
    let most = 64
    let sizes = document.kind(shape) == .tuple ? document.firstElements(shape, most + 1) : nil
    guard let sizes, sizes.count <= most else { return nil }
    var count = 1
    for size in sizes {
      guard let size = document.int(size), size >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }

  private func bufferObjection(_ data: PickleHandle, _ dtype: DType) -> Objection? {
    switch dtype {
    case .refused(let objection): return objection
    case .objects: return Objection(.dangerous, "takes bytes for the addresses of objects")
    case .values:
      return contents[data].isEmpty && document.kind(data) != .list
        ? nil : Objection(.unknown, "takes its numbers from something that is no bytes")
    }
  }

  // MARK: Dtypes

  private func dtypeNameObjection(_ name: PickleHandle?) -> Objection? {
    guard let name else { return Objection(.unknown, "makes a dtype of nothing") }
    if let type = document.globalName(name) {
      return TrustedGlobals.isTrusted(type)
        ? nil : Objection(.unknown, "makes a dtype of \(type)")
    }
    guard let text = document.string(name, limit: 64) else {
      return Objection(.unknown, "makes a dtype of something that is no text")
    }
    return NumpyDTypeText(text) == nil
      ? Objection(.unknown, "makes a dtype of '\(text)', which is not understood here") : nil
  }

  /// What a value that is used as a dtype is; a field of a structure is no structure itself.
  private func dtype(_ handle: PickleHandle, isField: Bool = false) -> DType {
    guard let call = document.call(handle), case .numpy(.dtype)? = callables[call.callable]?.rule,
      document.kind(call.arguments) == .tuple,
      let name = document.firstElements(call.arguments, 1).first,
      let text = document.string(name, limit: 64), let kind = NumpyDTypeText(text)
    else { return .refused(Objection(.unknown, "has a dtype that is not understood here")) }
    let states = document.hasMembers(handle) ? document.states(handle) : []
    guard states.count <= 1 else {
      return .refused(Objection(.unknown, "has a dtype with several states"))
    }
    if case .void(let size) = kind {
      guard let state = states.first else { return .values(size: size) }
      return structure(state, size: size, isField: isField)
    }
    if let state = states.first, let objection = dtypeStateObjection(name, state) {
      return .refused(objection)
    }
    if case .values(let size) = kind { return .values(size: size) }
    return .objects
  }

  /// Flags that numbers never have: references counted, pickled as a list, pointers, items read
  /// and written one by one.
  private static var referenceFlags: Int { 0x1 | 0x2 | 0x4 | 0x20 | 0x40 }

  /// A dtype's state: (version, order, subarray, names, fields, size, alignment, flags[, metadata]).
  private func stateParts(_ state: PickleHandle) -> [PickleHandle]? {
    guard document.kind(state) == .tuple else { return nil }
    let parts = document.firstElements(state, 10)
    return parts.count == 8 || parts.count == 9 ? parts : nil
  }

  /// Alignments and flags that numpy writes: a state with others makes it read beside its memory.
  private func isSoundLayout(_ parts: [PickleHandle]) -> Bool {
    guard let alignment = document.int(parts[6]), let flags = document.int(parts[7]) else {
      return false
    }
    return [-1, 1, 2, 4, 8, 16].contains(alignment) && (0...255).contains(flags)
  }

  /// The unit of a time, `(None or {}, (unit, number, 1, divisor))`.
  private func isSoundMetadata(_ metadata: PickleHandle, of name: String) -> Bool {
    if document.kind(metadata) == .none { return true }
    guard name.contains("M8") || name.contains("m8"), document.kind(metadata) == .tuple else {
      return false
    }
    let parts = document.firstElements(metadata, 3)
    guard parts.count == 2, [.dict, .none].contains(document.kind(parts[0])),
      document.kind(parts[1]) == .tuple
    else { return false }
    let unit = document.firstElements(parts[1], 5)
    guard unit.count == 4, contents[unit[0]].isEmpty else { return false }
    return unit.dropFirst().allSatisfy { document.int($0).map { 1...(1 << 31) ~= $0 } ?? false }
  }

  private func dtypeStateObjection(_ name: PickleHandle?, _ state: PickleHandle) -> Objection? {
    guard let parts = stateParts(state), let name, let text = document.string(name, limit: 64),
      let kind = NumpyDTypeText(text), let flags = document.int(parts[7])
    else { return Objection(.unknown, "is given a state that numpy never writes") }
    if let found = objection(toHolding: state, beyond: []) { return found }
    guard isSoundLayout(parts) else {
      return Objection(.dangerous, "is a forged dtype: with flags or an alignment of no dtype")
    }
    guard parts.count == 8 || isSoundMetadata(parts[8], of: text) else {
      return Objection(.unknown, "has metadata that are no unit of time")
    }
    let isPlain = parts[2...4].allSatisfy { document.kind($0) == .none }
    switch kind {
    case .objects:
      // numpy writes 63, all flags that a dtype has.
      guard isPlain, flags & 0x7 == 0x7 else {
        return Objection(.dangerous, "is a forged dtype: objects that are not said to be any")
      }
    case .values(let size):
      guard isPlain, flags & Self.referenceFlags == 0 else {
        return Objection(.dangerous, "is a forged dtype: '\(text)' with the flags of objects")
      }
      let stated = document.int(parts[5]) ?? Int.min
      guard stated == -1 || stated == size else {
        return Objection(.dangerous, "is a forged dtype: '\(text)' of \(stated) bytes")
      }
    case .void(let size):
      if case .refused(let objection) = structure(state, size: size, isField: false) {
        return objection
      }
    }
    return nil
  }

  /// Fields have to lie inside of the item; objects among them are for somebody else to judge.
  private func structure(_ state: PickleHandle, size: Int, isField: Bool) -> DType {
    guard let parts = stateParts(state), let stated = document.int(parts[5]) else {
      return .refused(Objection(.unknown, "is given a state that numpy never writes"))
    }
    guard stated == size || (stated == -1 && document.kind(parts[4]) == .none) else {
      return .refused(Objection(.dangerous, "is a forged dtype of \(size) and of \(stated) bytes"))
    }
    if document.kind(parts[2]) != .none {
      return .refused(Objection(.unknown, "has a dtype of sub-arrays"))
    }
    guard document.kind(parts[4]) == .dict else {
      guard document.kind(parts[4]) == .none,
        document.int(parts[7]).map({ $0 & Self.referenceFlags }) == 0
      else {
        return .refused(Objection(.dangerous, "is a forged dtype: bytes with the flags of objects"))
      }
      return .values(size: size)
    }
    // Many arrays may share one dtype.
    let mostFields = 64
    let fields = document.firstEntries(parts[4], mostFields + 1)
    guard !isField, fields.count <= mostFields else {
      return .refused(Objection(.unknown, "has a structure that is not understood here"))
    }
    for (_, field) in fields {
      let pair = document.kind(field) == .tuple ? document.firstElements(field, 3) : []
      guard pair.count >= 2, let offset = document.int(pair[1]), offset >= 0 else {
        return .refused(Objection(.dangerous, "has a field outside of its item"))
      }
      switch dtype(pair[0], isField: true) {
      case .values(let width):
        let (end, overflow) = offset.addingReportingOverflow(width)
        guard !overflow, end <= size else {
          return .refused(Objection(.dangerous, "has a field outside of its item"))
        }
      case .objects: return .refused(Objection(.unknown, "has objects in a structure"))
      case .refused(let objection): return .refused(objection)
      }
    }
    guard let flags = document.int(parts[7]), flags & Self.referenceFlags == 0 else {
      return .refused(Objection(.dangerous, "is a forged dtype: bytes with the flags of objects"))
    }
    return .values(size: size)
  }
}
