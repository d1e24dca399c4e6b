import PthBytes

/// Judges numpy's calls. They are harmless in the form and with the states that numpy itself writes; other states make
/// numpy crash or read outside its memory.
extension PickleAudit {
  mutating func numpyObjection(
    to call: CallRule.NumpyCall, _ handle: PickleHandle, _ arguments: [PickleHandle]
  ) -> Objection? {
    let time = document.time(ofCall: handle)
    switch call {
    case .dtype:
      if arguments.count == 1, !document.hasMembers(handle),
        let type = document.globalName(arguments[0]), TrustedGlobals.isTrusted(type)
      {
        return nil
      }
      // The dtype may get its state after this call, but before the end of the pickle.
      guard case .refused(let objection) = dtype(handle, usedAt: .max) else { return nil }
      return objection
    case .reconstruct:
      guard arguments.count == 3, let type = document.globalName(arguments[0]) else {
        return Objection(.dangerous, "makes an array of a class that it computes")
      }
      guard TrustedGlobals.arrayClasses.contains(type.description) else {
        return Objection(.unknown, "makes a \(type)")
      }
      // An array of no bytes, which BUILD fills later.
      return document.kind(arguments[1]) == .tuple && itemCount(arguments[1]) == 0
        && document.firstElements(arguments[1], 2).count == 1
        && shortLiteral(arguments[2]) == "b"
        ? nil : Objection(.unknown, "makes an array that numpy never pickles so")
    case .scalar:
      guard arguments.count == 2 else {
        return Objection(.unknown, "is called with arguments that numpy never writes")
      }
      switch dtype(arguments[0], usedAt: time) {
      case .refused(let objection): return objection
      case .objects: return Objection(.dangerous, "takes bytes for the addresses of objects")
      case .values(let size): return bufferObjection(arguments[1], size)
      }
    case .fromBuffer:
      guard arguments.count == 4, let order = shortLiteral(arguments[3]),
        ["C", "F"].contains(order), let count = itemCount(arguments[2])
      else { return Objection(.unknown, "is called with arguments that numpy never writes") }
      return arrayObjection(arguments[0], dtype(arguments[1], usedAt: time), count, at: time)
    case .wrapper:
      return arguments.isEmpty ? nil : Objection(.unknown, "is constructed with arguments")
    case .randomState, .bitGenerator:
      return generatorObjection(handle, arguments)
    }
  }

  mutating func numpyStateObjection(
    to call: CallRule.NumpyCall, _ handle: PickleHandle, _ state: PickleHandle
  ) -> Objection? {
    let time = document.timedStates(handle, limit: 1).first?.time ?? 0
    switch call {
    // Already judged with the call.
    case .dtype: return nil
    case .reconstruct: return arrayStateObjection(state, at: time)
    case .scalar, .fromBuffer:
      return Objection(.unknown, "is given a state that numpy never writes")
    case .wrapper: return wrapperObjection(state, at: time)
    case .randomState, .bitGenerator:
      return generatorStateObjection(handle, state, at: time)
    }
  }

  /// Judges the attributes of joblib's `NumpyArrayWrapper`, which is followed by the bytes of its array.
  private mutating func wrapperObjection(_ state: PickleHandle, at time: Int) -> Objection? {
    let known: Set<String> = [
      "subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes",
    ]
    guard document.kind(state) == .dict, document.isComplete(state, by: time) else {
      return Objection(.unknown, "is given a state that joblib never writes")
    }
    for (key, value) in document.firstEntries(state, known.count + 1) {
      guard let name = document.string(key, limit: 32), known.contains(name) else {
        return Objection(.unknown, "is given attributes that joblib never gives it")
      }
      switch name {
      case "subclass":
        let type = document.globalName(value)?.description ?? "class that it computes"
        guard Self.wrappedClasses.contains(type) else {
          return Objection(.unknown, "makes a \(type)")
        }
      case "dtype":
        if case .refused(let objection) = dtype(value, usedAt: time) { return objection }
      default:
        if !contents[value].isEmpty { return Objection(.unknown, "has a \(name) that is none") }
      }
    }
    return nil
  }

  private static var wrappedClasses: Set<String> { ["numpy.ndarray", "numpy.memmap"] }

  // MARK: Arrays

  /// (version, shape, dtype, is_fortran, data)
  private mutating func arrayStateObjection(_ state: PickleHandle, at time: Int) -> Objection? {
    let parts = document.kind(state) == .tuple ? document.firstElements(state, 6) : []
    guard parts.count == 5, let version = document.int(parts[0]), 0...1 ~= version,
      [.bool, .int].contains(document.kind(parts[3])), let count = itemCount(parts[1])
    else { return Objection(.unknown, "gives an array a state that numpy never writes") }
    return arrayObjection(parts[4], dtype(parts[2], usedAt: time), count, at: time)
  }

  private mutating func arrayObjection(
    _ data: PickleHandle, _ dtype: DType, _ count: Int, at time: Int
  ) -> Objection? {
    switch dtype {
    case .refused(let objection): return objection
    case .objects:
      guard document.kind(data) == .list else {
        return Objection(.dangerous, "takes bytes for the addresses of objects")
      }
      // If the list is too short, numpy uses uninitialized memory as the missing objects.
      return document.isComplete(data, by: time) && count == elementCount(data)
        ? nil : Objection(.dangerous, "has another number of objects than its shape says")
    case .values(let size):
      let (bytes, overflow) = size.multipliedReportingOverflow(by: count)
      return overflow
        ? Objection(.unknown, "has a shape that no memory holds") : bufferObjection(data, bytes)
    }
  }

  /// The number of elements of a list, cached because many arrays may share one list.
  private mutating func elementCount(_ list: PickleHandle) -> Int {
    if let known = elementCounts[list] { return known }
    let count = document.elements(list).count
    elementCounts.set(list, to: count)
    return count
  }

  /// The product of a shape tuple; nil if the value is not a shape.
  func itemCount(_ shape: PickleHandle) -> Int? {
    let maximumRank = 64
    guard document.kind(shape) == .tuple else { return nil }
    let sizes = document.firstElements(shape, maximumRank + 1)
    guard sizes.count <= maximumRank else { return nil }
    // A size of 0 must not hide an overflow of the other sizes.
    var (count, isEmpty) = (1, false)
    for size in sizes {
      guard let size = document.int(size), size >= 0 else { return nil }
      if size == 0 { isEmpty = true }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow else { return nil }
      count = product
    }
    return isEmpty ? 0 : count
  }

  /// Checks the size of an array's data. Bytes must have the expected count; for text, numpy checks it itself.
  private func bufferObjection(_ data: PickleHandle, _ count: Int) -> Objection? {
    switch document.kind(data) {
    case .bytes, .byteArray:
      return document.rawBytes(data)?.count == count
        ? nil : Objection(.unknown, "has another number of bytes than its shape says")
    default:
      return literal(data) != nil || isNoBytes(data)
        ? nil : Objection(.unknown, "takes its numbers from something that is no bytes")
    }
  }

  /// Whether a value is `bytes()`, which is how protocols below 3 write empty bytes.
  private func isNoBytes(_ data: PickleHandle) -> Bool {
    guard let call = document.call(data), call.form == .reduce, !document.hasMembers(data),
      document.kind(call.arguments) == .tuple
    else { return false }
    return callables[call.callable]?.name.inPython3.description == "builtins.bytes"
      && document.firstElements(call.arguments, 1).isEmpty
  }

  /// A string or bytes of at most 16 bytes that the pickle contains literally.
  func shortLiteral(_ handle: PickleHandle) -> String? {
    guard let literal = literal(handle), document.node(literal.value).length <= 16 else {
      return nil
    }
    return bytes(literal)?.text
  }
}
