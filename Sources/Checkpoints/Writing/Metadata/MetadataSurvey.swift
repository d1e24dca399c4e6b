import PthBytes
import PthPickle
import PthTensors

/// Surveys the values other than the state dict: which of them contain tensors, and which cannot be kept.
///
/// Every value is examined once.
struct MetadataSurvey {
  /// What a value and everything it refers to contain.
  struct Content {
    var hasTensors = false
    /// Something that cannot be kept, as the end of "has …"; nil if there is nothing.
    var obstacle: String?
    /// Whether the value is part of a cycle or refers to one.
    var isCyclic = false

    static func obstacle(_ text: String) -> Content { Content(obstacle: text) }

    fileprivate mutating func merge(_ other: Content) {
      hasTensors = hasTensors || other.hasTensors
      obstacle = obstacle ?? other.obstacle
      isCyclic = isCyclic || other.isCyclic
    }
  }

  private let reader: ObjectReader
  private let document: PickleDocument
  private(set) var contents: [PickleHandle: Content] = [:]
  /// The tensors among the values.
  private(set) var tensors: [PickleHandle: Tensor] = [:]
  private var depth = 0
  private var texts: HandleTable<String>

  /// Values nested deeper are not kept.
  static let maximumDepth = 64

  init(_ reader: ObjectReader) {
    self.reader = reader
    document = reader.document
    texts = HandleTable(for: reader.document)
  }

  mutating func look(at entries: [(key: PickleHandle, value: PickleHandle)]) {
    for (key, value) in entries {
      _ = content(of: key)
      _ = content(of: value)
    }
  }

  private mutating func content(of handle: PickleHandle) -> Content {
    if let known = contents[handle] { return known }
    guard depth < Self.maximumDepth else {
      return .obstacle("nesting of more than \(Self.maximumDepth)")
    }
    // Found again if the value contains itself.
    contents[handle] = Content(obstacle: "a value that contains itself", isCyclic: true)
    depth += 1
    defer { depth -= 1 }
    let found = examined(handle)
    contents[handle] = found
    return found
  }

  private mutating func examined(_ handle: PickleHandle) -> Content {
    let kind = document.kind(handle)
    switch kind {
    case .none, .bool, .int, .bigInt, .float, .string: return Content()
    case .bytes, .byteArray:
      // Protocol 2 writes empty bytes as the call `bytes()`, which weights_only refuses.
      let isEmpty = document.rawBytes(handle)?.isEmpty ?? true
      return kind == .bytes && isEmpty ? .obstacle("empty bytes") : Content()
    case .tuple, .list, .set, .dict: return members(handle)
    case .global:
      let name = document.globalName(handle)?.description ?? "a computed name"
      return isAccepted(handle) ? Content() : .obstacle(name)
    case .persistentID, .call:
      if let content = tensor(handle) { return content }
      return kind == .call ? call(handle) : .obstacle("a storage")
    case .frozenSet: return .obstacle("a frozenset")
    case .extensionCode: return .obstacle("an extension code")
    }
  }

  /// The contents of a PyTorch tensor; nil for other values. A numpy array stays the call that rebuilds it.
  private mutating func tensor(_ handle: PickleHandle) -> Content? {
    if let call = document.call(handle) {
      guard let module = reader.globalName(call.callable)?.module,
        module == "torch" || module.hasPrefix("torch.")
      else { return nil }
    }
    let meaning: Meaning
    do { meaning = try reader.meaning(of: handle) } catch {
      return .obstacle("a tensor that cannot be read")
    }
    guard case .tensor(let tensor) = meaning else { return nil }
    guard !tensor.storage.isMeta else { return .obstacle("a tensor on the meta device") }
    guard !tensor.exceedsExpansionLimit, tensor.isContiguous || tensor.dtype.elementsPerByte == 1
    else { return .obstacle("a tensor that cannot be written") }
    tensors[handle] = tensor
    return Content(hasTensors: true)
  }

  private mutating func call(_ handle: PickleHandle) -> Content {
    guard let call = document.call(handle) else { return .obstacle("a call") }
    let name = reader.globalName(call.callable)?.description ?? "a computed call"
    // weights_only sets attributes only on OrderedDicts, such as `_metadata`.
    let hasFittingStates =
      document.states(handle).isEmpty || name == MetadataSurvey.orderedDict
    guard call.form == .reduce, hasFittingStates,
      isAccepted(call.callable),
      isAccepted(handle)
    else {
      var content = Content.obstacle(name)
      content.merge(members(handle))
      return content
    }
    var content = self.content(of: call.arguments)
    content.merge(members(handle))
    return content
  }

  private mutating func members(_ handle: PickleHandle) -> Content {
    var content = Content()
    if !isAccepted(handle) { content = .obstacle("a container of a kind that is not kept") }
    for member in document.elements(handle) + document.states(handle) {
      content.merge(self.content(of: member))
    }
    for (key, value) in document.entries(handle) {
      content.merge(self.content(of: key))
      content.merge(self.content(of: value))
    }
    return content
  }

  private mutating func isAccepted(_ handle: PickleHandle) -> Bool {
    WeightsOnlyCheck.accepts(handle, in: document, &texts)
  }

  static let orderedDict = "collections.OrderedDict"
}
