import PthBackbones
import PthTensors

/// A key of the checkpoint.
struct SourceKey: Sendable {
  /// As the file has it.
  let original: String
  /// After the user's revisions.
  let name: String
  let shape: [Int]
  let dtype: DType
  /// Whether there is anything to load: a meta tensor has a shape alone.
  let hasData: Bool

  /// The words of the name between the dots.
  var components: [Substring] { name.keyComponents }
}

extension SourceKey {
  /// The keys of a state dict in their order, with the user's revisions applied one after another.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  static func all(
    in state: StateDict, revisions: [KeyRevision]
  ) throws(KeyMappingError) -> [SourceKey] {
    var names = Array(state.keys)
    for revision in revisions { names = try revision.apply(to: names) }
    return zip(state.tensors, names).map { item, name in
      SourceKey(
        original: item.key, name: name, shape: item.value.shape, dtype: item.value.dtype,
        hasData: !item.value.storage.isMeta)
    }
  }

  var isRevised: Bool { name != original }

  /// The key and its shape under the revised name, as detection wants it.
  var keyShape: KeyShape { KeyShape(name, shape) }
}
