import Bytes
import Pickle
import Tensors

/// Gives the values of one pickle their PyTorch meaning, one at a time and on demand.
///
/// No function here recurses along references of the file, so a hostile nesting cannot exhaust
/// the stack.
final class ObjectReader {
  let document: PickleDocument
  /// Position of the document's bytes in the file; nil if they are not in it as they are.
  let fileOffset: Int?
  private let persistentObjects: any PersistentObjects
  private var globals: [PickleHandle: GlobalName] = [:]
  private var persistentMeanings: [PickleHandle: Meaning] = [:]

  init(
    _ document: PickleDocument, fileOffset: Int? = nil,
    persistentObjects: any PersistentObjects = NoPersistentObjects()
  ) {
    self.document = document
    self.fileOffset = fileOffset
    self.persistentObjects = persistentObjects
  }

  /// Wrappers such as `_rebuild_parameter` nest two or three deep in real files.
  private static let deepestWrapping = 32

  /// What the value stands for.
  ///
  /// - Throws: ``CheckpointError`` if a tensor cannot be what it claims.
  func meaning(of handle: PickleHandle) throws -> Meaning {
    var handle = handle
    for _ in 0..<Self.deepestWrapping {
      switch document.kind(handle) {
      case .none, .bool, .int, .bigInt, .float, .string, .bytes, .byteArray: return .scalar
      case .tuple, .list, .set, .frozenSet: return .sequence(document.elements(handle))
      case .dict: return .mapping
      case .extensionCode: return .opaque("extension \(document.extensionCode(handle) ?? 0)")
      case .global:
        guard let name = globalName(handle) else { return .opaque("a computed name") }
        return TorchNames.dtype(name).map { .dtype($0) } ?? .global(name)
      case .persistentID:
        if let known = persistentMeanings[handle] { return known }
        guard let id = document.persistentID(handle) else { return .scalar }
        let meaning = try persistentObjects.resolve(id, in: self)
        persistentMeanings[handle] = meaning
        return meaning
      case .call:
        switch try rebuild(handle) {
        case .done(let meaning): return meaning
        case .same(let other): handle = other
        case .call: return .opaque("a call")
        }
      }
    }
    throw CheckpointError(.malformed("wrapped more than \(Self.deepestWrapping) times"))
  }

  func globalName(_ handle: PickleHandle) -> GlobalName? {
    if let known = globals[handle] { return known }
    var name = document.globalName(handle)
    if name == nil, let id = document.persistentID(handle) {
      name = StorageID.moduleClass(id, in: document)
    }
    globals[handle] = name
    return name
  }

  // MARK: Calls

  private func rebuild(_ handle: PickleHandle) throws -> Rebuilt {
    guard let call = document.call(handle) else { return .done(.scalar) }
    var (callable, arguments) = (call.callable, call.arguments)
    var states = document.states(handle)
    for _ in 0..<Self.deepestWrapping {
      guard let name = globalName(callable) else { return .done(.opaque("a computed call")) }
      let target = RebuildCall(arguments: document.elements(arguments), states: states)
      guard let function = RebuildTable.functions[name.description] else {
        return .done(try instance(of: name, handle, target, call.form))
      }
      guard case .call(let inner, let innerArguments, let state) = try function(self, target)
      else { return try function(self, target) }
      (callable, arguments) = (inner, innerArguments)
      if let state { states.append(state) }
    }
    throw CheckpointError(.malformed("wrapped more than \(Self.deepestWrapping) times"))
  }

  /// An object whose class has no meaning of its own.
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
      let parts = document.elements(state)
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
    if !document.entries(handle).isEmpty { return .mapping }
    let members = document.elements(handle)
    if !members.isEmpty { return .sequence(members) }
    return .object(className: name, states: call.states.isEmpty ? call.arguments : call.states)
  }

  /// The `__dict__` in a state: the state itself, or the first half of `(dict, slots)`.
  func attributeDictionary(_ state: PickleHandle) -> PickleHandle? {
    switch document.kind(state) {
    case .dict, .call: state
    case .tuple: document.elements(state).first { document.kind($0) == .dict }
    default: nil
    }
  }

  /// Whether a `__dict__` is that of an `nn.Module`.
  private func isModule(_ attributes: PickleHandle) -> Bool {
    var found = 0
    for (key, _) in document.entries(attributes) {
      guard let name = document.string(key) else { continue }
      if name == "_parameters" || name == "_buffers" || name == "_modules" { found += 1 }
    }
    return found == 3
  }

  // MARK: Pieces that rebuild functions share

  func integer(_ handle: PickleHandle, _ what: String) throws -> Int {
    if let value = document.int(handle) { return value }
    if document.kind(handle) == .bigInt {
      throw CheckpointError(.malformed("\(what) \(keyText(handle)) overflows 64 bits"))
    }
    throw CheckpointError(.malformed("\(what) is not an integer"))
  }

  /// A tuple, list or `torch.Size` of integers.
  func integers(_ handle: PickleHandle, _ what: String) throws -> [Int] {
    var handle = handle
    if let call = document.call(handle), let inner = document.elements(call.arguments).first {
      handle = inner
    }
    let elements = document.elements(handle)
    // PyTorch itself stops far earlier; more only serves to make work.
    guard elements.count <= 1024 else {
      throw CheckpointError(.malformed("\(what) has \(elements.count) dimensions"))
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

  /// `storage[offset:]` seen with a size and strides, in the storage's dtype or another.
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

  /// A dict's key, or any other short value, as `str()` would write it.
  func keyText(_ handle: PickleHandle) -> String {
    switch document.kind(handle) {
    case .string: return document.string(handle) ?? ""
    case .int: return document.int(handle).map(String.init) ?? ""
    case .bigInt: return document.bigIntText(handle) ?? ""
    case .float: return document.float(handle).map { "\($0)" } ?? ""
    case .bool: return document.bool(handle) == true ? "True" : "False"
    case .none: return "None"
    case .bytes: return document.rawBytes(handle)?.text ?? ""
    case .global: return globalName(handle)?.description ?? "?"
    case .tuple:
      let parts = document.elements(handle).prefix(8).map { element in
        document.kind(element) == .tuple ? "(…)" : keyText(element)
      }
      return "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
    default: return "\(document.kind(handle))"
    }
  }
}
