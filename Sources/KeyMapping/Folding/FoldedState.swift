import OrderedCollections
import PthBackbones
import PthTensors

/// A state dict with every parameter that is kept in parts put together, in the place of its first
/// part.
package struct FoldedState: Sendable {
  package let state: StateDict
  /// The folds by the name of the parameter.
  package let folds: [String: ParameterFold]

  /// A state dict of which nothing is put together.
  init(asItIs state: StateDict) {
    self.state = state
    folds = [:]
  }

  package init(_ original: StateDict) {
    var parts: [String: ParameterFold] = [:]
    var tensors: [String: Tensor] = [:]
    for fold in ParameterFold.all(in: original.keyShapes) {
      // A parameter whose shape overflows is left in its parts; no key of a target has such a
      // shape.
      guard let tensor = try? fold.tensor(of: original) else { continue }
      tensors[fold.name] = tensor
      for part in fold.parts { parts[part] = fold }
    }
    guard !parts.isEmpty else {
      state = original
      folds = [:]
      return
    }
    var folded = StateDict(moduleVersions: original.moduleVersions)
    for (key, tensor) in original.tensors {
      if let fold = parts[key] {
        folded[fold.name] = tensors[fold.name]
      } else {
        folded[key] = tensor
      }
    }
    state = folded
    folds = Dictionary(parts.values.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }
}
