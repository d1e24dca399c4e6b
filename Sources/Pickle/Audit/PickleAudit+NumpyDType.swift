/// Judges numpy's dtypes. numpy hardly checks a dtype's state: a forged one makes numpy read outside its memory, or
/// take bytes for the addresses of objects.
extension PickleAudit {
  /// How numpy reads an array's bytes with a dtype.
  enum DType {
    case values(size: Int)
    case objects
    case refused(Objection)

    static func unknown(_ reason: String) -> DType { .refused(Objection(.unknown, reason)) }
    static func forged(_ reason: String) -> DType {
      .refused(Objection(.dangerous, "is a forged dtype: " + reason))
    }
  }

  /// The dtype that a value is.
  ///
  /// - Parameter time: When the dtype is used, as ``PickleDocument/time(ofCall:)`` counts.
  mutating func dtype(_ handle: PickleHandle, usedAt time: Int, depth: Int = 0) -> DType {
    guard let call = document.call(handle), case .numpy(.dtype)? = callables[call.callable]?.rule,
      call.form == .reduce, document.kind(call.arguments) == .tuple, depth < 8
    else { return .unknown("has a dtype that is not understood here") }
    guard document.isComplete(handle, by: time) else {
      return .forged("its state comes after its use")
    }
    if let known = dtypes[handle] { return known }
    let made = madeDType(handle, document.firstElements(call.arguments, 4), depth: depth)
    dtypes.set(handle, to: made)
    return made
  }

  /// Judges `dtype(text)`, or `dtype(text, False, True)` with a state. The third argument asks for a copy; without it,
  /// the state would change a dtype that all code shares.
  private mutating func madeDType(
    _ handle: PickleHandle, _ arguments: [PickleHandle], depth: Int
  ) -> DType {
    guard let first = arguments.first else { return .unknown("makes a dtype of nothing") }
    guard let text = document.string(first, limit: 64), let type = NumpyDTypeText(text) else {
      let text = document.string(first, limit: 64)
      return .unknown(
        "makes a dtype of "
          + (text.map { "'\($0)', which is not understood here" } ?? "something that is no text"))
    }
    let isWhole = arguments.count == 3 && arguments[1...].allSatisfy { flag($0) != nil }
    guard arguments.count == 1 || isWhole else { return .unknown("makes a dtype oddly") }
    let states = document.timedStates(handle, limit: 2)
    guard let (time, state) = states.first else {
      switch type {
      case .values(let size), .void(let size): return .values(size: size)
      case .objects: return .objects
      }
    }
    guard states.count == 1 else { return .unknown("has a dtype with several states") }
    guard isWhole, flag(arguments[1]) == false, flag(arguments[2]) == true else {
      return .forged("it changes one that everybody uses")
    }
    guard let type = NumpyTypeString(text), let state = DTypeState(state, in: document) else {
      return .unknown("is given a state that numpy never writes")
    }
    return stated(type, text, state, at: time, depth: depth)
  }

  private func flag(_ handle: PickleHandle) -> Bool? {
    document.bool(handle) ?? document.int(handle).flatMap { [0: false, 1: true][$0] }
  }

  private mutating func stated(
    _ type: NumpyTypeString, _ text: String, _ state: DTypeState, at time: Int, depth: Int
  ) -> DType {
    guard type.kind == .time ? isUnit(state.metadata) : state.metadata == nil else {
      return .forged("'\(text)' with a unit of time that is none")
    }
    let isSized = [.bytes, .text, .void].contains(type.kind)
    guard state.size == (isSized ? type.size : -1) else {
      return .forged("'\(text)' of \(state.size) bytes")
    }
    guard Self.alignments(type).contains(state.alignment) else {
      return .forged("'\(text)' aligned to \(state.alignment) bytes")
    }
    let isPlain = [state.subarray, state.names, state.fields].allSatisfy {
      document.kind($0) == .none
    }
    guard isPlain || type.kind == .void else { return .forged("'\(text)' with fields") }
    let result: DType
    if isPlain {
      result = type.kind == .objects ? .objects : .values(size: type.size)
    } else if document.kind(state.subarray) != .none {
      result = subarray(state, size: type.size, at: time, depth: depth)
    } else {
      result = structure(state, size: type.size, at: time, depth: depth)
    }
    if case .refused = result { return result }
    guard Self.hasFlags(state.flags, type, isPlain: isPlain) else {
      return .forged("'\(text)' with the flags \(state.flags), which numpy gives to no such dtype")
    }
    return type.hasOrder(state.order)
      ? result : .unknown("has a dtype '\(text)' of byte order '\(state.order)'")
  }

  private static func alignments(_ type: NumpyTypeString) -> [Int] {
    switch type.kind {
    case .numbers, .time, .objects: [-1]
    case .bytes: [1]
    case .text: [4]
    case .void: [1, 2, 4, 8, 16]
    }
  }

  private static func hasFlags(_ flags: Int, _ type: NumpyTypeString, isPlain: Bool) -> Bool {
    // NEEDS_INIT, NEEDS_PYAPI and ALIGNED_STRUCT are allowed for a structure without objects.
    guard isPlain else { return flags & ~(0x8 | 0x10 | 0x80) == 0 }
    switch type.kind {
    case .numbers, .time, .bytes, .void: return flags == 0
    // Old versions of numpy did not set NEEDS_INIT for text.
    case .text: return flags == 0 || flags == 0x8
    case .objects: return flags == 0x3f
    }
  }

  /// Whether metadata is the unit of a time, `(None or {}, (unit, number, 1, 1))`.
  private func isUnit(_ metadata: PickleHandle?) -> Bool {
    guard let metadata, document.kind(metadata) == .tuple else { return false }
    let parts = document.firstElements(metadata, 3)
    guard parts.count == 2, document.kind(parts[1]) == .tuple,
      document.kind(parts[0]) == .none
        || document.kind(parts[0]) == .dict && !document.hasMembers(parts[0])
    else { return false }
    let unit = document.firstElements(parts[1], 5)
    guard unit.count == 4, let name = shortLiteral(unit[0]), NumpyTypeString.units.contains(name),
      let number = document.int(unit[1])
    else { return false }
    return 1...Int(Int32.max) ~= number && unit[2...].allSatisfy { document.int($0) == 1 }
  }

  // MARK: Structures

  /// Judges a sub-array (dtype, shape).
  private mutating func subarray(
    _ state: DTypeState, size: Int, at time: Int, depth: Int
  ) -> DType {
    let parts =
      document.kind(state.subarray) == .tuple ? document.firstElements(state.subarray, 3) : []
    guard parts.count == 2, document.kind(state.names) == .none,
      document.kind(state.fields) == .none, let count = itemCount(parts[1])
    else { return .unknown("has a sub-array that numpy never writes") }
    switch dtype(parts[0], usedAt: time, depth: depth + 1) {
    case .values(let width):
      let (product, overflow) = width.multipliedReportingOverflow(by: count)
      guard !overflow, product == size else { return .forged("a sub-array of another size") }
      return .values(size: size)
    case .objects: return .unknown("has objects in a sub-array")
    case .refused(let objection): return .refused(objection)
    }
  }

  private static var maximumFieldCount: Int { 256 }

  /// Judges fields: every name has a field, every field a name or a title, and all fields lie inside the item.
  private mutating func structure(
    _ state: DTypeState, size: Int, at time: Int, depth: Int
  ) -> DType {
    guard document.kind(state.names) == .tuple, document.kind(state.fields) == .dict else {
      return .forged("fields without names")
    }
    guard document.isComplete(state.fields, by: time) else {
      return .forged("its fields change after its use")
    }
    let entries = document.firstEntries(state.fields, 2 * Self.maximumFieldCount + 1)
    let names = document.firstElements(state.names, Self.maximumFieldCount + 1)
    guard names.count <= Self.maximumFieldCount, entries.count <= 2 * Self.maximumFieldCount else {
      return .unknown("has a dtype of more than \(Self.maximumFieldCount) fields")
    }
    var fields: [String: (dtype: PickleHandle, offset: Int, title: String?)] = [:]
    for (key, field) in entries {
      let parts = document.kind(field) == .tuple ? document.firstElements(field, 4) : []
      guard let name = fieldName(key), parts.count == 2 || parts.count == 3,
        let offset = document.int(parts[1]), fields[name] == nil
      else { return .forged("fields that are none") }
      let title = parts.count == 3 ? fieldName(parts[2]) : nil
      guard parts.count == 2 || title != nil else { return .forged("a title that is no text") }
      fields[name] = (parts[0], offset, title)
    }
    var seen: Set<String> = []
    for name in names {
      guard let name = fieldName(name), let field = fields[name], seen.insert(name).inserted else {
        return .forged("a name without a field")
      }
      if let title = field.title {
        guard let twin = fields[title], twin.dtype == field.dtype, twin.offset == field.offset,
          twin.title == title, seen.insert(title).inserted
        else { return .forged("a title without a field") }
      }
      switch dtype(field.dtype, usedAt: time, depth: depth + 1) {
      case .values(let width):
        guard 0...size ~= field.offset, width <= size - field.offset else {
          return .forged("a field outside of its item")
        }
      case .objects: return .unknown("has objects in a structure")
      case .refused(let objection): return .refused(objection)
      }
    }
    return seen.count == fields.count
      ? .values(size: size) : .forged("a field without a name")
  }

  private func fieldName(_ handle: PickleHandle) -> String? {
    let maximumLength = 256
    return document.string(handle, limit: maximumLength).flatMap {
      $0.utf8.count < maximumLength ? $0 : nil
    }
  }
}

/// A dtype's state: (version, order, subarray, names, fields, size, alignment, flags[, metadata]).
private struct DTypeState {
  let order: String
  let subarray, names, fields: PickleHandle
  let size, alignment, flags: Int
  let metadata: PickleHandle?

  /// Nil for a state that no version of numpy since 1.0 writes.
  init?(_ state: PickleHandle, in document: PickleDocument) {
    guard document.kind(state) == .tuple else { return nil }
    let parts = document.firstElements(state, 10)
    guard parts.count == 8 || parts.count == 9,
      document.int(parts[0]) == (parts.count == 8 ? 3 : 4),
      let order = document.string(parts[1], limit: 4), let size = document.int(parts[5]),
      let alignment = document.int(parts[6]), let flags = document.int(parts[7])
    else { return nil }
    (self.order, self.size, self.alignment, self.flags) = (order, size, alignment, flags)
    (subarray, names, fields) = (parts[2], parts[3], parts[4])
    metadata = parts.count == 9 ? parts[8] : nil
  }
}
