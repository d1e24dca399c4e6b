/// Writes pickles of protocol 2 as CPython's `pickle.dumps(…, protocol=2)` does, and so as `torch.save` does: the same
/// opcodes, the same memo indices, items in batches of 1000.
///
/// Values are written in stream order; the members of a container are written by a closure:
///
///     var pickle = PickleEncoder()
///     pickle.reduce(GlobalName(module: "collections", name: "OrderedDict")) { $0.tuple(0) { _ in } }
///     pickle.setItems(tensors) { pickle, tensor in
///       pickle.string(tensor.name)
///       pickle.persistentID { … }
///     }
///     let bytes = pickle.finish()
///
/// Equal strings and globals are written once and then recalled from the memo, as Python does for a single object.
/// Names are written as given: protocol 2 uses `__builtin__` for Python 3's `builtins`.
package struct PickleEncoder {
  /// The bytes written so far.
  package private(set) var bytes: [UInt8] = []
  /// The number of values in the memo; the one with the highest index was written last.
  private(set) var memoCount = 0
  private var strings: [String: Int] = [:]
  private var globals: [GlobalName: Int] = [:]

  /// The value of CPython's `_BATCHSIZE`.
  static let batchSize = 1000

  package init() {
    write(.proto)
    bytes.append(2)
  }

  /// Ends the pickle, which must contain exactly one value. The encoder must not be used afterwards.
  package mutating func finish() -> [UInt8] {
    write(.stop)
    return bytes
  }

  // MARK: Scalars

  package mutating func none() { write(.none) }

  package mutating func bool(_ value: Bool) { write(value ? .newTrue : .newFalse) }

  package mutating func int(_ value: Int) {
    if let small = UInt8(exactly: value) {
      write(.binInt1)
      bytes.append(small)
    } else if let medium = UInt16(exactly: value) {
      write(.binInt2)
      write(little: medium)
    } else if let large = Int32(exactly: value) {
      write(.binInt)
      write(little: large)
    } else {
      long(withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) })
    }
  }

  /// An integer of any size.
  ///
  /// - Parameter digits: Little-endian two's complement, of any length.
  package mutating func long(_ digits: [UInt8]) {
    var count = digits.count
    // Bytes that only repeat the sign bit are left out.
    while count > 1, digits[count - 1] == (digits[count - 2] >= 0x80 ? 0xff : 0) { count -= 1 }
    if count == 1, digits[0] == 0 { count = 0 }
    if let length = UInt8(exactly: count) {
      write(.long1)
      bytes.append(length)
    } else {
      write(.long4)
      write(little: UInt32(truncatingIfNeeded: count))
    }
    bytes += digits[..<count]
  }

  package mutating func float(_ value: Double) {
    write(.binFloat)
    write(little: value.bitPattern.byteSwapped)
  }

  /// A string of less than 4 GiB in UTF-8.
  package mutating func string(_ value: String) {
    if let index = strings[value] { return get(index) }
    var value = value
    value.withUTF8 { text(UnsafeRawBufferPointer($0)) }
    strings[value] = put()
  }

  /// A class or function, under the name by which Python imports it.
  package mutating func global(_ name: GlobalName) {
    if let index = globals[name] { return get(index) }
    writeGlobal(name.module, name.name)
    globals[name] = put()
  }

  // MARK: Containers

  /// A tuple of `count` values, which `members` writes.
  package mutating func tuple<Failure: Error>(
    _ count: Int, members: (inout PickleEncoder) throws(Failure) -> Void
  ) throws(Failure) {
    beginTuple(count)
    try members(&self)
    endTuple(count)
    if count > 0 { put() }
  }

  /// A list; `element` writes each of its values.
  package mutating func list<Element, Failure: Error>(
    _ elements: some Sequence<Element>,
    element: (inout PickleEncoder, Element) throws(Failure) -> Void
  ) throws(Failure) {
    write(.emptyList)
    put()
    try batches(
      Array(elements), one: .append, many: .appends, isExact: true, isDict: false, element)
  }

  /// A dict; `entry` writes the key and then the value of each.
  package mutating func dict<Entry, Failure: Error>(
    _ entries: some Sequence<Entry>,
    entry: (inout PickleEncoder, Entry) throws(Failure) -> Void
  ) throws(Failure) {
    write(.emptyDict)
    put()
    try batches(Array(entries), one: .setItem, many: .setItems, isExact: true, isDict: true, entry)
  }

  // MARK: Objects

  /// Calls `callable` with the tuple that `arguments` writes.
  package mutating func reduce<Failure: Error>(
    _ callable: GlobalName, arguments: (inout PickleEncoder) throws(Failure) -> Void
  ) throws(Failure) {
    global(callable)
    try arguments(&self)
    write(.reduce)
    put()
  }

  /// Sets items of the value that was written last, such as an `OrderedDict`; `entry` writes a key and then its value.
  package mutating func setItems<Entry, Failure: Error>(
    _ entries: some Sequence<Entry>,
    entry: (inout PickleEncoder, Entry) throws(Failure) -> Void
  ) throws(Failure) {
    try batches(Array(entries), one: .setItem, many: .setItems, isExact: false, isDict: true, entry)
  }

  /// Gives the last written value the state that `state` writes.
  package mutating func build<Failure: Error>(
    state: (inout PickleEncoder) throws(Failure) -> Void
  ) throws(Failure) {
    try state(&self)
    write(.build)
  }

  /// A persistent reference whose id `id` writes. In a checkpoint it refers to a storage: `('storage', class, key,
  /// location, number of elements)`.
  package mutating func persistentID<Failure: Error>(
    _ id: (inout PickleEncoder) throws(Failure) -> Void
  ) throws(Failure) {
    try id(&self)
    write(.binPersistentID)
  }

  /// Writes members in batches, each under a MARK; a single member uses the opcode for one. For empty and last
  /// batches, CPython's C pickler treats exact lists and dicts (`isExact`) differently from iterators.
  private mutating func batches<Member, Failure: Error>(
    _ members: [Member], one: PickleOpcode, many: PickleOpcode, isExact: Bool, isDict: Bool,
    _ body: (inout PickleEncoder, Member) throws(Failure) -> Void
  ) throws(Failure) {
    let sizes = Self.batchSizes(members.count, isExact: isExact, isDict: isDict)
    var start = 0
    for size in sizes {
      let isSingle = size == 1 && (!isExact || members.count == 1)
      if !isSingle { write(.mark) }
      for member in members[start..<start + size] { try body(&self, member) }
      write(isSingle ? one : many)
      start += size
    }
  }

  /// The number of members of each batch. If the last batch of a dict is full, the C pickler writes an empty one after
  /// it, because only then does it notice the end.
  static func batchSizes(_ count: Int, isExact: Bool, isDict: Bool) -> [Int] {
    guard count > 0 else { return [] }
    let full = Array(repeating: batchSize, count: count / batchSize)
    let rest = count % batchSize
    if rest > 0 { return full + [rest] }
    return isExact && isDict ? full + [0] : full
  }

  // MARK: Opcodes

  mutating func write(_ opcode: PickleOpcode) { bytes.append(opcode.rawValue) }

  mutating func write<T: FixedWidthInteger>(little value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ run: UnsafeRawBufferPointer) { bytes.append(contentsOf: run) }

  /// UTF-8 text, without a memo entry.
  mutating func text(_ text: UnsafeRawBufferPointer) {
    write(.binUnicode)
    write(little: UInt32(truncatingIfNeeded: text.count))
    write(text)
  }

  /// A global's module and name, without a memo entry.
  mutating func writeGlobal(_ module: String, _ name: String) {
    write(.global)
    bytes += Array("\(module)\n\(name)\n".utf8)
  }

  mutating func beginTuple(_ count: Int) { if count > 3 { write(.mark) } }

  mutating func endTuple(_ count: Int) {
    write([.emptyTuple, .tuple1, .tuple2, .tuple3][safe: count] ?? .tuple)
  }

  /// Puts the last written value into the memo and returns its index there.
  @discardableResult
  mutating func put() -> Int {
    let index = memoCount
    memoCount += 1
    write(.binPut, .longBinPut, index)
    return index
  }

  /// Recalls a value from the memo.
  mutating func get(_ index: Int) { write(.binGet, .longBinGet, index) }

  private mutating func write(_ short: PickleOpcode, _ long: PickleOpcode, _ index: Int) {
    if let small = UInt8(exactly: index) {
      write(short)
      bytes.append(small)
    } else {
      write(long)
      write(little: UInt32(truncatingIfNeeded: index))
    }
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}
