import PthBytes
import PthPickle
import PthTensors

/// Determines what the values of one pickle mean to PyTorch, on demand.
///
/// Every value is interpreted once and cached, so that shared values cost nothing more. Recursion along the file's
/// references ends at a fixed depth, so that no nesting exhausts the stack.
final class ObjectReader {
  let document: PickleDocument
  /// Position of the document's bytes in the file; nil if they are compressed or computed.
  let fileOffset: Int?
  private let persistentObjects: any PersistentObjects
  private var callables: HandleTable<Callable>
  private var meanings: HandleTable<Meaning>
  /// Whether each dict is the `__dict__` of an `nn.Module`.
  private var moduleDictionaries: [PickleHandle: Bool] = [:]
  private var argumentEntries: [PickleHandle: [(key: PickleHandle, value: PickleHandle)]] = [:]
  /// The number of entries in arguments that may still be read.
  private var remainingArgumentEntries: Int
  private var latin1Texts: [PickleHandle: Bytes] = [:]
  /// The storages in nested pickles, by the address of the pickle's bytes.
  var nestedStorages: [UnsafeRawPointer: Meaning] = [:]
  /// The number of modules and tensors visited while state dicts were collected.
  var visitedMembers = 0
  private var depth = 0
  /// How many pickles contain this one by way of `_load_from_bytes`.
  let nesting: Int

  init(
    _ document: PickleDocument, fileOffset: Int? = nil,
    persistentObjects: any PersistentObjects = NoPersistentObjects(), nesting: Int = 0
  ) {
    self.nesting = nesting
    self.document = document
    callables = HandleTable(for: document)
    meanings = HandleTable(for: document)
    remainingArgumentEntries = document.bytes.count
    self.fileOffset = fileOffset
    self.persistentObjects = persistentObjects
  }

  /// Wrappers such as `_rebuild_parameter` nest two or three deep in real files.
  private static let maximumWrappingDepth = 32
  /// A tensor's parts (a quantizer's scales, a subclass's inner tensors) nest no deeper.
  private static let maximumPartDepth = 32
  /// No rebuild function takes more arguments.
  private static let maximumArgumentCount = 64

  /// What the value means.
  ///
  /// - Throws: ``CheckpointError`` if a tensor's description contradicts itself or its storage.
  func meaning(of handle: PickleHandle) throws -> Meaning {
    switch document.kind(handle) {
    case .none, .bool, .int, .bigInt, .float, .string, .bytes, .byteArray: return .scalar
    case .dict: return .mapping
    default: break
    }
    if let known = meanings[handle] { return known }
    guard depth < Self.maximumPartDepth else {
      throw CheckpointError(
        .malformed("tensors are nested more than \(Self.maximumPartDepth) deep"))
    }
    depth += 1
    defer { depth -= 1 }
    let meaning = try unwrapped(handle)
    meanings.set(handle, to: meaning)
    return meaning
  }

  private func unwrapped(_ handle: PickleHandle) throws -> Meaning {
    var handle = handle
    for _ in 0..<Self.maximumWrappingDepth {
      switch document.kind(handle) {
      case .none, .bool, .int, .bigInt, .float, .string, .bytes, .byteArray: return .scalar
      case .tuple, .list, .set, .frozenSet: return .sequence(document.elements(handle))
      case .dict: return .mapping
      case .extensionCode: return .opaque("extension \(document.extensionCode(handle) ?? 0)")
      case .global:
        guard let name = globalName(handle) else { return .opaque("a computed name") }
        return TorchNames.dtype(name).map { .dtype($0) } ?? .global(name)
      case .persistentID:
        guard let id = document.persistentID(handle) else { return .scalar }
        return try persistentObjects.resolve(id, in: self)
      case .call:
        switch try rebuild(handle) {
        case .done(let meaning): return meaning
        case .same(let other): handle = other
        case .call: return .opaque("a call")
        }
      }
    }
    throw CheckpointError(.malformed("wrapped more than \(Self.maximumWrappingDepth) times"))
  }

  func globalName(_ handle: PickleHandle) -> GlobalName? { callable(handle)?.name }

  /// A global, and its rebuild function if it has one.
  private struct Callable {
    let name: GlobalName
    let function: RebuildTable.Function?
  }

  private func callable(_ handle: PickleHandle) -> Callable? {
    if let known = callables[handle] { return known }
    var name = document.globalName(handle)
    if name == nil, let id = document.persistentID(handle) {
      name = StorageID.moduleClass(id, in: document)
    }
    guard let name else { return nil }
    let callable = Callable(name: name, function: RebuildTable.functions[name.description])
    callables.set(handle, to: callable)
    return callable
  }

  /// Keys and values of a dict, an `OrderedDict` or a similar class, in order. A key may occur twice; the last one is
  /// valid.
  func entries(_ handle: PickleHandle) -> [(key: PickleHandle, value: PickleHandle)] {
    let own = document.entries(handle)
    guard own.isEmpty, document.kind(handle) == .call else { return own }
    if let known = argumentEntries[handle] { return known }
    let entries = entriesInArgument(handle)
    argumentEntries[handle] = entries
    return entries
  }

  /// The entries in a dictionary class's argument: Python 2 gives `OrderedDict` a list of `[key, value]`, and
  /// `Counter` gets a dict.
  private func entriesInArgument(
    _ handle: PickleHandle
  ) -> [(key: PickleHandle, value: PickleHandle)] {
    guard let call = document.call(handle),
      let name = globalName(call.callable), TorchNames.mappings.contains(name.description),
      let argument = document.firstElements(call.arguments, 1).first
    else { return [] }
    var entries = document.firstEntries(argument, remainingArgumentEntries)
    // Without sharing there are fewer entries than bytes; shared arguments could multiply them.
    remainingArgumentEntries -= entries.count
    let pairs = document.firstElements(argument, remainingArgumentEntries)
    remainingArgumentEntries -= pairs.count
    for pair in pairs {
      let parts = document.firstElements(pair, 3)
      if parts.count == 2 { entries.append((parts[0], parts[1])) }
    }
    return entries
  }

  /// A string's characters as Latin-1 bytes; nil if a character is not in Latin-1.
  func latin1(_ handle: PickleHandle) -> Bytes? {
    if let known = latin1Texts[handle] { return known }
    guard let scalars = document.string(handle)?.unicodeScalars,
      scalars.allSatisfy({ $0.value < 256 })
    else { return nil }
    let bytes = Bytes(scalars.map { UInt8(truncatingIfNeeded: $0.value) })
    latin1Texts[handle] = bytes
    return bytes
  }

  // MARK: Calls

  private func rebuild(_ handle: PickleHandle) throws -> Rebuilt {
    guard let call = document.call(handle) else { return .done(.scalar) }
    var (callable, arguments) = (call.callable, call.arguments)
    var states = document.states(handle)
    for _ in 0..<Self.maximumWrappingDepth {
      guard let known = self.callable(callable) else { return .done(.opaque("a computed call")) }
      let target = RebuildCall(
        arguments: document.firstElements(arguments, Self.maximumArgumentCount), states: states)
      guard let function = known.function else {
        return .done(try instance(of: known.name, handle, target, call.form))
      }
      let rebuilt = try function(self, target)
      guard case .call(let inner, let innerArguments, let state) = rebuilt else { return rebuilt }
      (callable, arguments) = (inner, innerArguments)
      if let state { states.append(state) }
    }
    throw CheckpointError(.malformed("wrapped more than \(Self.maximumWrappingDepth) times"))
  }

  /// The meaning of an instance whose class has no rebuild function.
  private func instance(
    of name: GlobalName, _ handle: PickleHandle, _ call: RebuildCall, _ form: PickleCallForm
  ) throws -> Meaning {
    let text = name.description
    if TorchNames.mappings.contains(text) { return .mapping }
    if TorchNames.sequences.contains(text) {
      guard let members = call.arguments.first else {
        return .sequence(document.elements(handle))
      }
      return .sequence(document.elements(members) + document.elements(handle))
    }
    if TorchNames.isTensorClass(name), let state = call.states.last {
      let parts = document.firstElements(state, 5)
      if parts.count == 4 {
        return .tensor(
          try strided(storage: parts[0], offset: parts[1], size: parts[2], stride: parts[3]))
      }
    }
    if let attributes = call.states.last.flatMap(attributeDictionary) {
      if isModule(attributes) || name.module.hasPrefix("__torch__") {
        return .module(className: name, attributes: attributes)
      }
    }
    if !document.firstEntries(handle, 1).isEmpty { return .mapping }
    let members = document.elements(handle)
    if !members.isEmpty { return .sequence(members) }
    return .object(className: name, states: call.states.isEmpty ? call.arguments : call.states)
  }

  /// The `__dict__` in a state: the state itself, or the dict in `(dict, slots)`.
  func attributeDictionary(_ state: PickleHandle) -> PickleHandle? {
    switch document.kind(state) {
    case .dict, .call: state
    case .tuple: document.firstElements(state, 8).first { document.kind($0) == .dict }
    default: nil
    }
  }

  /// Whether a `__dict__` belongs to an `nn.Module`.
  private func isModule(_ attributes: PickleHandle) -> Bool {
    if let known = moduleDictionaries[attributes] { return known }
    var found = 0
    for (key, _) in entries(attributes) {
      guard let name = document.string(key, limit: 32) else { continue }
      if name == "_parameters" || name == "_buffers" || name == "_modules" { found += 1 }
    }
    moduleDictionaries[attributes] = found == 3
    return found == 3
  }

  // MARK: Helpers of rebuild functions

  func integer(_ handle: PickleHandle, _ what: @autoclosure () -> String) throws -> Int {
    try document.integer(handle, what())
  }

  /// A tuple, list or `torch.Size` of integers.
  func integers(_ handle: PickleHandle, _ what: String) throws -> [Int] {
    var handle = handle
    if let call = document.call(handle), let inner = document.firstElements(call.arguments, 1).first
    {
      handle = inner
    }
    // PyTorch's own limit is far lower; longer lists would only cost time.
    let maximumCount = 1024
    let elements = document.firstElements(handle, maximumCount + 1)
    guard elements.count <= maximumCount else {
      throw CheckpointError(.malformed("\(what) has more than \(maximumCount) dimensions"))
    }
    return try elements.map { try integer($0, what) }
  }

  func tensor(_ handle: PickleHandle, _ what: String) throws -> Tensor {
    if case .tensor(let tensor) = try meaning(of: handle) { return tensor }
    throw CheckpointError(.malformed("\(what) is not a tensor"))
  }

  func dtype(_ handle: PickleHandle) throws -> DType {
    if case .dtype(let dtype) = try meaning(of: handle) { return dtype }
    let name = globalName(handle)?.description ?? "a value that is none"
    throw CheckpointError(.unsupported("unknown dtype \(name)"))
  }

  /// A view of `storage` from `offset` with a size and strides, in elements, in the storage's dtype or another.
  func strided(
    storage: PickleHandle, offset: PickleHandle, size: PickleHandle, stride: PickleHandle,
    dtype: DType? = nil, quantizer: Quantizer? = nil
  ) throws -> Tensor {
    guard case .storage(let storage, let storageDType) = try meaning(of: storage) else {
      throw CheckpointError(.malformed("a tensor's storage is not a storage"))
    }
    return try Tensor(
      storage: storage, dtype: dtype ?? storageDType, shape: try integers(size, "size"),
      strides: try integers(stride, "stride"),
      storageOffset: try integer(offset, "storage offset"), quantizer: quantizer)
  }

  func keyText(_ handle: PickleHandle) -> String { document.keyText(handle) }

  /// Whether a state dict takes the value as a tensor, or as several, whose names are not the value's own.
  func isTensor(_ handle: PickleHandle) -> Bool {
    switch try? meaning(of: handle) {
    case .tensor, .storage, .components: true
    default: false
    }
  }
}
