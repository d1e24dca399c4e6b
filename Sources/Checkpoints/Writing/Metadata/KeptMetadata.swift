import PthBytes
import PthPickle
import PthTensors

/// A pickled checkpoint's values other than the state dict (epoch, settings, the optimizer, further state dicts), to
/// be written into another file.
///
/// Kept are values that `torch.load(weights_only=True)` reads: None, bools, numbers, strings, bytes and tensors, in
/// lists, tuples, sets and dicts. A dict that also contains other objects is kept without them, unless it contains
/// tensors: half an optimizer would be taken for a whole one.
package struct KeptMetadata: Sendable {
  /// A value that is not kept.
  package struct Omission: Sendable {
    /// Dotted path of the value.
    package let key: String
    /// What the value contains that cannot be kept, as the end of "has …".
    package let reason: String
  }

  /// A part that the caller must write, at the encoder's current position.
  enum Part {
    case stateDict
    case tensor(Tensor)
  }

  typealias Writer = (inout PickleEncoder, Part) throws -> Void
  private typealias Entry = (key: PickleHandle, value: PickleHandle)

  /// The omitted values in order, at most 1000.
  package private(set) var omissions: [Omission] = []
  /// Dotted paths of the kept entries with tensors, in the dicts around the state dict or in the state dict itself.
  package private(set) var keysWithTensors: [String] = []

  private let document: PickleDocument
  private let stateDict: PickleHandle
  /// The dicts around the state dict, outermost first; empty if the state dict is the top level.
  private let path: [PickleHandle]
  /// The other entries of the dicts around the state dict; if there are none, the state dict's own non-tensors.
  private let beside: [Entry]
  private let survey: [PickleHandle: MetadataSurvey.Content]
  private let tensorsByHandle: [PickleHandle: Tensor]
  /// The maximum number of encoded bytes: shared values are written repeatedly and must not multiply without bound.
  private let byteLimit: Int

  private static let maximumOmissionCount = 1000

  /// - Returns: nil if the state dict is nested in something other than dicts.
  init?(_ reader: ObjectReader, around stateDict: PickleHandle, _ state: StateDict) {
    document = reader.document
    self.stateDict = stateDict
    byteLimit = 2 * document.bytes.count + (1 << 20)
    var visited: Set<PickleHandle> = []
    guard let path = Self.path(to: stateDict, from: document.root, document, &visited, depth: 0)
    else { return nil }
    self.path = path
    beside =
      path.isEmpty
      ? document.entries(stateDict).filter {
        state[reader.keyText($0.key)] == nil && !reader.isTensor($0.value)
      }
      : path.flatMap(reader.document.entries).filter {
        $0.value != stateDict && !path.contains($0.value)
      }
    var survey = MetadataSurvey(reader)
    survey.look(at: beside)
    self.survey = survey.contents
    tensorsByHandle = survey.tensors
    var seen: Set<PickleHandle> = []
    var parent = ""
    for (depth, dict) in path.enumerated() {
      let entries = document.entries(dict)
      note(entries.filter(isBeside), under: parent, &seen)
      let next = depth + 1 < path.count ? path[depth + 1] : stateDict
      parent += entries.first { $0.value == next }.map(keyText).map { $0 + "." } ?? ""
    }
    if path.isEmpty { note(beside, under: "", &seen) }
  }

  /// Whether the state dict is nested in dicts; the output then nests it in the same way.
  package var surroundsStateDict: Bool { !path.isEmpty }

  /// All tensors that may be kept.
  var tensors: [Tensor] { Array(tensorsByHandle.values) }

  private static func isDict(_ handle: PickleHandle, _ document: PickleDocument) -> Bool {
    switch document.kind(handle) {
    case .dict: return document.states(handle).isEmpty
    case .call:
      guard let call = document.call(handle), call.form == .reduce,
        document.globalName(call.callable)?.description == MetadataSurvey.orderedDict,
        document.elements(call.arguments).isEmpty
      else { return false }
      return document.elements(handle).isEmpty && document.states(handle).isEmpty
    default: return false
    }
  }

  private static func path(
    to stateDict: PickleHandle, from handle: PickleHandle, _ document: PickleDocument,
    _ visited: inout Set<PickleHandle>, depth: Int
  ) -> [PickleHandle]? {
    if handle == stateDict { return [] }
    guard depth < MetadataSurvey.maximumDepth, isDict(handle, document),
      visited.insert(handle).inserted
    else { return nil }
    for (_, value) in document.entries(handle) {
      let rest = path(to: stateDict, from: value, document, &visited, depth: depth + 1)
      if let rest { return [handle] + rest }
    }
    return nil
  }

  // MARK: Choosing values

  private func keyText(_ entry: Entry) -> String { document.keyText(entry.key) }

  private func hasTensors(_ entry: Entry) -> Bool { survey[entry.value]?.hasTensors == true }

  private func isKept(_ entry: Entry) -> Bool {
    guard let key = survey[entry.key], key.obstacle == nil, !key.hasTensors,
      let value = survey[entry.value]
    else { return false }
    return value.obstacle == nil || isKeptInPart(entry, value)
  }

  private func isKeptInPart(_ entry: Entry, _ value: MetadataSurvey.Content) -> Bool {
    value.obstacle != nil && !value.hasTensors && !value.isCyclic
      && Self.isDict(entry.value, document)
  }

  private func isBeside(_ entry: Entry) -> Bool {
    entry.value != stateDict && !path.contains(entry.value)
  }

  /// Records which entries are omitted, and which are kept with tensors.
  private mutating func note(
    _ entries: [Entry], under parent: String, _ seen: inout Set<PickleHandle>
  ) {
    noteOmissions(entries, under: parent, &seen)
    keysWithTensors += entries.filter { isKept($0) && hasTensors($0) }.map { parent + keyText($0) }
  }

  private mutating func noteOmissions(
    _ entries: [Entry], under parent: String, _ seen: inout Set<PickleHandle>
  ) {
    for entry in entries where omissions.count < Self.maximumOmissionCount {
      guard let value = survey[entry.value] else { continue }
      let key = parent + keyText(entry)
      if !isKept(entry) {
        let obstacle =
          value.obstacle ?? survey[entry.key]?.obstacle ?? "a key of a kind that is not kept"
        omissions.append(Omission(key: key, reason: obstacle))
      } else if isKeptInPart(entry, value), seen.insert(entry.value).inserted {
        noteOmissions(document.entries(entry.value), under: key + ".", &seen)
      }
    }
  }

  // MARK: Writing

  /// Writes the dicts around the state dict; `write` writes the state dict itself and every tensor.
  func write(to pickle: inout PickleEncoder, _ write: Writer) throws {
    try dict(path[0], &pickle, depth: 0, write)
  }

  /// Writes `{'meta': …, 'state_dict': …}` with entries that contain tensors next to them, where training programs put
  /// the optimizer.
  func writeWrapped(to pickle: inout PickleEncoder, _ write: Writer) throws {
    let kept = beside.filter(isKept)
    let places = ["meta", "state_dict"]
    let standsApart = { (entry: Entry) in
      self.hasTensors(entry) && !places.contains(self.keyText(entry))
    }
    let members =
      places.map { (place: $0, entry: Entry?.none) }
      + kept.filter(standsApart).map { (place: "", entry: Entry?.some($0)) }
    try pickle.dict(members) { pickle, next in
      if let entry = next.entry { return try member(entry, &pickle, depth: 0, write) }
      pickle.string(next.place)
      if next.place == "state_dict" { return try write(&pickle, .stateDict) }
      try meta(kept.filter { !standsApart($0) }, &pickle, write)
    }
  }

  /// Writes one dict of all these entries; the members of the source's own `meta` come first.
  private func meta(_ entries: [Entry], _ pickle: inout PickleEncoder, _ write: Writer) throws {
    var entries = entries
    let inner = entries.firstIndex {
      document.string($0.key) == "meta" && Self.isDict($0.value, document)
    }
    if let inner {
      entries = document.entries(entries.remove(at: inner).value).filter(isKept) + entries
    }
    try pickle.dict(entries) { pickle, entry in try member(entry, &pickle, depth: 0, write) }
  }

  private func dict(
    _ handle: PickleHandle, _ pickle: inout PickleEncoder, depth: Int, _ write: Writer
  ) throws {
    let kept = document.entries(handle).filter {
      $0.value == stateDict || path.contains($0.value) || isKept($0)
    }
    let writeMember = { (pickle: inout PickleEncoder, entry: Entry) in
      try member(entry, &pickle, depth: depth, write)
    }
    guard document.kind(handle) == .call else { return try pickle.dict(kept, entry: writeMember) }
    pickle.reduce(TorchPickle.orderedDict) { $0.tuple(0) { _ in } }
    try pickle.setItems(kept, entry: writeMember)
  }

  private func member(
    _ entry: Entry, _ pickle: inout PickleEncoder, depth: Int, _ write: Writer
  ) throws {
    guard pickle.bytes.count < byteLimit, depth < 2 * MetadataSurvey.maximumDepth else {
      throw PickleEncodingError.unsupported("metadata nested so deep or shared so often")
    }
    try pickle.value(of: document, entry.key)
    if entry.value == stateDict {
      try write(&pickle, .stateDict)
    } else if path.contains(entry.value) || survey[entry.value]?.obstacle != nil {
      try dict(entry.value, &pickle, depth: depth + 1, write)
    } else {
      try pickle.value(of: document, entry.value) { pickle, handle in
        guard let tensor = tensorsByHandle[handle] else { return false }
        try write(&pickle, .tensor(tensor))
        return true
      }
    }
  }
}
