import PthBackbones
import PthTensors

/// The keys of a state dict as they are compared with a backbone's: parameters put together from
/// their parts, the user's revisions applied, without wrappers. They are the same for detection and
/// for every backbone that is tried.
package struct SourceNames: Sendable {
  let folded: FoldedState
  /// After the user's revisions, in the order of the file.
  fileprivate let revised: [String]
  /// The names without the words that wrappers put into them.
  let names: [String]
  fileprivate let hasRevisions: Bool

  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  package init(of state: StateDict, options: MappingOptions) throws(KeyMappingError) {
    try self.init(
      of: options.foldsParts ? FoldedState(state) : FoldedState(asItIs: state),
      revisions: options.revisions)
  }

  /// - Parameter removesWrappers: whether to take off what wrappers put into the names.
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  init(
    of folded: FoldedState, revisions: [KeyRevision], removesWrappers: Bool = true
  ) throws(KeyMappingError) {
    self.folded = folded
    var revised = Array(folded.state.keys)
    for revision in revisions { revised = try revision.apply(to: revised) }
    self.revised = revised
    names = removesWrappers ? WrapperNames.removed(from: PathNames.dotted(revised)) : revised
    hasRevisions = !revisions.isEmpty
  }

  /// Names and shapes alone, as detection wants them, without those that a later key supersedes.
  package var keyShapes: [KeyShape] {
    if hasRevisions {
      return SourceKeys(self).keys.filter { !$0.isSuperseded }.map(\.keyShape)
    }
    return zip(names, folded.state.tensors).map { KeyShape($0, $1.value.shape) }
  }
}

/// The keys with their words and dtypes, as the mapping onto a backbone needs them.
package struct SourceKeys: Sendable {
  package let names: SourceNames
  /// In the order of the file.
  let keys: [SourceKey]

  /// - Complexity: O(characters).
  package init(_ source: SourceNames) {
    names = source
    var keys = source.folded.state.tensors.enumerated().map { index, item in
      let fold = source.folded.folds[item.key]
      let name = source.names[index]
      return SourceKey(
        original: fold?.parts.first ?? item.key, fold: fold, revised: source.revised[index],
        name: name, components: name.keyComponents, shape: item.value.shape,
        dtype: item.value.dtype, hasData: !item.value.storage.isMeta)
    }
    if source.hasRevisions {
      var seen: Set<String> = []
      for index in keys.indices.reversed() where !seen.insert(keys[index].name).inserted {
        keys[index].isSuperseded = true
      }
    }
    self.keys = keys
  }
}
