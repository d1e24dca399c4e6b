import Pickle

/// The plain data beside the state dict of a pickled checkpoint, for writing them into another one
/// as they are: None, bools, numbers and texts, and lists, tuples and dicts of these.
///
/// Objects of other classes are left out, and so is every dict entry with tensors: half an
/// optimizer would be taken for a whole one.
public struct KeptMetadata: Sendable {
  private enum Content: Int {
    /// Plain data throughout.
    case plain
    /// Also objects that are left out.
    case mixed
    /// Also tensors.
    case tensors
  }

  private let document: PickleDocument
  private let stateDict: PickleHandle
  /// The dicts around the state dict, the outermost first; empty if it stands alone.
  private let path: [PickleHandle]
  private let contents: [PickleHandle: Content]
  /// What may be written: sharing must not multiply it beyond measure.
  private let byteLimit: Int

  /// Nesting beyond this is no metadata.
  private static let deepest = 64

  /// - Returns: nil if the state dict lies in something else than dicts.
  init?(_ document: PickleDocument, around stateDict: PickleHandle) {
    self.document = document
    self.stateDict = stateDict
    byteLimit = 2 * document.bytes.count + (1 << 20)
    var visited: Set<PickleHandle> = []
    guard let path = Self.path(to: stateDict, from: document.root, document, &visited, depth: 0)
    else { return nil }
    self.path = path
    var survey = Survey(document: document)
    for (key, value) in path.flatMap(document.entries) where !path.contains(value) {
      if value == stateDict { continue }
      _ = survey.content(of: key)
      _ = survey.content(of: value)
    }
    // A state dict at the top may have plain entries between its tensors.
    if path.isEmpty {
      for (key, value) in document.entries(stateDict) {
        _ = survey.content(of: key)
        _ = survey.content(of: value)
      }
    }
    contents = survey.contents
  }

  /// Whether dicts surround the state dict, which then keeps its place in them.
  public var surroundsStateDict: Bool { !path.isEmpty }

  private static func isDict(_ handle: PickleHandle, _ document: PickleDocument) -> Bool {
    switch document.kind(handle) {
    case .dict: return document.states(handle).isEmpty
    case .call:
      guard let call = document.call(handle), call.form == .reduce,
        document.globalName(call.callable)?.description == "collections.OrderedDict",
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
    guard depth < deepest, isDict(handle, document), visited.insert(handle).inserted else {
      return nil
    }
    for (_, value) in document.entries(handle) {
      let rest = path(to: stateDict, from: value, document, &visited, depth: depth + 1)
      if let rest { return [handle] + rest }
    }
    return nil
  }

  /// What values consist of, each looked at once.
  private struct Survey {
    let document: PickleDocument
    var contents: [PickleHandle: Content] = [:]
    private var depth = 0

    init(document: PickleDocument) { self.document = document }

    mutating func content(of handle: PickleHandle) -> Content {
      if let known = contents[handle] { return known }
      guard depth < KeptMetadata.deepest else { return .tensors }
      // Whoever contains itself is left out.
      contents[handle] = .tensors
      depth += 1
      defer { depth -= 1 }
      let found: Content
      switch document.kind(handle) {
      case .none, .bool, .int, .bigInt, .float, .string: found = .plain
      case .tuple, .list:
        let isPlain = document.states(handle).isEmpty
        found = worst(document.elements(handle), least: isPlain ? .plain : .mixed)
      case .dict, .call:
        let isDict = KeptMetadata.isDict(handle, document)
        found = worst(document.parts(handle), least: isDict ? .plain : .mixed)
      case .persistentID: found = .tensors
      default: found = .mixed
      }
      contents[handle] = found
      return found
    }

    private mutating func worst(_ members: [PickleHandle], least: Content) -> Content {
      var worst = least
      for member in members where worst != .tensors {
        let found = content(of: member)
        if found.rawValue > worst.rawValue { worst = found }
      }
      return worst
    }
  }

  // MARK: Writing

  /// Writes the dicts around the state dict, and by `stateDict` itself.
  func write(
    to pickle: inout PickleEncoder, stateDict write: (inout PickleEncoder) throws -> Void
  ) throws {
    try dict(path[0], &pickle, depth: 0, write)
  }

  /// Writes one dict of all that is kept, that under `meta` first.
  func writeFlat(to pickle: inout PickleEncoder) throws {
    let beside = path.isEmpty ? document.entries(stateDict) : path.flatMap(document.entries)
    var kept = beside.filter { isKept($0) && !path.contains($0.value) }
    if let meta = kept.first(where: {
      document.string($0.key) == "meta" && Self.isDict($0.value, document)
    }) {
      kept.removeAll { $0.key == meta.key }
      kept = document.entries(meta.value).filter(isKept) + kept
    }
    try pickle.dict(kept) { pickle, entry in try member(entry, &pickle, depth: 0) { _ in } }
  }

  private typealias Entry = (key: PickleHandle, value: PickleHandle)

  private func isKept(_ entry: Entry) -> Bool {
    guard contents[entry.key] == .plain else { return false }
    return switch contents[entry.value] {
    case .plain: true
    case .mixed: Self.isDict(entry.value, document)
    default: false
    }
  }

  private func dict(
    _ handle: PickleHandle, _ pickle: inout PickleEncoder, depth: Int,
    _ write: (inout PickleEncoder) throws -> Void
  ) throws {
    let kept = document.entries(handle).filter {
      $0.value == stateDict || path.contains($0.value) || isKept($0)
    }
    try pickle.dict(kept) { pickle, entry in try member(entry, &pickle, depth: depth, write) }
  }

  private func member(
    _ entry: Entry, _ pickle: inout PickleEncoder, depth: Int,
    _ write: (inout PickleEncoder) throws -> Void
  ) throws {
    guard pickle.bytes.count < byteLimit, depth < 2 * Self.deepest else {
      throw PickleEncodingError.unsupported("metadata nested so deep or shared so often")
    }
    try pickle.value(of: document, entry.key)
    if entry.value == stateDict {
      try write(&pickle)
    } else if contents[entry.value] == .plain {
      try pickle.value(of: document, entry.value)
    } else {
      try dict(entry.value, &pickle, depth: depth + 1, write)
    }
  }
}

extension PickleDocument {
  /// All that a dict or a call refers to.
  fileprivate func parts(_ handle: PickleHandle) -> [PickleHandle] {
    let members =
      entries(handle).flatMap { [$0.key, $0.value] } + elements(handle) + states(handle)
    guard let call = call(handle) else { return members }
    return members + [call.arguments]
  }
}
