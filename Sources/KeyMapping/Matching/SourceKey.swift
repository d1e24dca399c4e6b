import PthBackbones
import PthTensors

/// A key of the checkpoint, or a parameter that the checkpoint has in parts.
struct SourceKey: Sendable {
  /// As the file has it; of a parameter in parts the key of the first.
  let original: String
  /// How the parameter is put together, if the file has it in parts.
  let fold: ParameterFold?
  /// After the user's revisions.
  let revised: String
  /// Without what wrappers put into the name.
  let name: String
  /// The words of the name between the dots.
  let components: [Substring]
  let shape: [Int]
  let dtype: DType
  /// Whether there is anything to load: a meta tensor has a shape alone.
  let hasData: Bool
  /// Whether the revisions gave a later key the same name: of two the last counts, as in mmengine.
  var isSuperseded = false

  /// The keys of the other parts of a parameter in parts.
  var otherParts: [String] { fold.map { Array($0.parts.dropFirst()) } ?? [] }

  /// Whether the user's revisions changed the name.
  var isRevised: Bool { revised != fold?.name ?? original }

  /// What was done to the name before anything was compared, in words, and the weakest of the steps.
  var steps: (how: LoadReport.How, words: [String]) {
    var words = fold.map { [$0.description] } ?? []
    var how = LoadReport.How.exact
    if isRevised {
      how = .revised
      words.append("\(fold?.name ?? original) revised to \(revised)")
    }
    if self.name != revised {
      how = .prefix
      words.append(
        revised.utf8.contains(UInt8(ascii: ".")) ? "wrappers removed" : "words joined by dots")
    }
    return (how, words)
  }
}

extension SourceKey {
  /// The keys of a state dict in their order, with the user's revisions applied one after another.
  ///
  /// - Parameter removesWrappers: whether to take off what wrappers put into the names.
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  static func all(
    in source: FoldedState, revisions: [KeyRevision], removesWrappers: Bool = true
  ) throws(KeyMappingError) -> [SourceKey] {
    let state = source.state
    let (revised, names) = try names(
      of: state, revisions: revisions, removesWrappers: removesWrappers)
    var keys = state.tensors.enumerated().map { index, item in
      let fold = source.folds[item.key]
      return SourceKey(
        original: fold?.parts.first ?? item.key, fold: fold, revised: revised[index],
        name: names[index], components: names[index].keyComponents, shape: item.value.shape,
        dtype: item.value.dtype,
        hasData: !item.value.storage.isMeta)
    }
    guard !revisions.isEmpty else { return keys }
    var seen: Set<String> = []
    for index in keys.indices.reversed() where !seen.insert(keys[index].name).inserted {
      keys[index].isSuperseded = true
    }
    return keys
  }

  /// The names of a state dict's tensors after the user's revisions, and without wrappers.
  private static func names(
    of state: StateDict, revisions: [KeyRevision], removesWrappers: Bool
  ) throws(KeyMappingError) -> (revised: [String], names: [String]) {
    var revised = Array(state.keys)
    for revision in revisions { revised = try revision.apply(to: revised) }
    let names = removesWrappers ? WrapperNames.removed(from: PathNames.dotted(revised)) : revised
    return (revised, names)
  }

  /// Names and shapes alone, as detection wants them, without those that a later key supersedes.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  static func keyShapes(
    in source: FoldedState, revisions: [KeyRevision]
  ) throws(KeyMappingError) -> [KeyShape] {
    guard revisions.isEmpty else {
      return try all(in: source, revisions: revisions).filter { !$0.isSuperseded }.map(\.keyShape)
    }
    let names = try names(of: source.state, revisions: [], removesWrappers: true).names
    return zip(names, source.state.tensors).map { KeyShape($0, $1.value.shape) }
  }

  /// The key and its shape under its name.
  var keyShape: KeyShape { KeyShape(name, shape) }
}
