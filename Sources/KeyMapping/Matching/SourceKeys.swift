import PthBackbones
import PthTensors

/// The keys of a state dict in the form that is compared with a backbone's: parameters folded, the user's revisions
/// applied, wrapper words removed. They are the same for detection and for every backbone that is tried.
package struct SourceNames: Sendable {
  let folded: FoldedState
  /// The keys after the user's revisions, in the order of the file.
  fileprivate let revised: [String]
  /// The revised keys with dots and without wrapper words.
  let names: [String]
  fileprivate let hasRevisions: Bool

  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  package init(of state: StateDict, options: MappingOptions) throws(KeyMappingError) {
    try self.init(
      of: options.foldsParts ? FoldedState(state) : FoldedState(asItIs: state),
      revisions: options.revisions)
  }

  /// - Parameter removesWrappers: whether to remove wrapper words from the names.
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

  /// Names and shapes for detection, without keys that a later key supersedes.
  package var keyShapes: [KeyShape] {
    if hasRevisions {
      return SourceKeys(self).keys.filter { !$0.isSuperseded }.map(\.keyShape)
    }
    return zip(names, folded.state.tensors).map { KeyShape($0, $1.value.shape) }
  }
}

/// The keys with their components and dtypes, for mapping onto a backbone.
package struct SourceKeys: Sendable {
  package let names: SourceNames
  /// The keys in the order of the file.
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
