import OrderedCollections
import PthBackbones
import PthTensors

/// A state dict in which parameters that are kept in parts are folded: each replaces its parts, at the position of
/// the first.
package struct FoldedState: Sendable {
  package let state: StateDict
  /// The folds by the names of their parameters.
  package let folds: [String: ParameterFold]

  /// A state dict without any folding.
  init(asItIs state: StateDict) {
    self.state = state
    folds = [:]
  }

  package init(_ original: StateDict) {
    var parts: [String: ParameterFold] = [:]
    var tensors: [String: Tensor] = [:]
    for fold in ParameterFold.all(in: original.keyShapes) {
      // A parameter that cannot be computed (its parts have no values, its size overflows) is left in parts.
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
