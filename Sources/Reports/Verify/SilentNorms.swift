import PthBackbones
import PthTensors

/// Norms that scale by next to nothing, so that the outputs hardly depend on what is in front of them:
/// blocks that `zero_init_residual` starts with, or that weight decay has drawn there.
enum SilentNorms {
  /// Beside the others of the network; a contribution of this size is within float32's rounding.
  private static let share = 1e-5

  /// The weights' names, in the order of the graph.
  ///
  /// - Throws: what reading the tensors throws.
  static func names(in graph: ModelGraph, _ weights: StateDict) throws -> [String] {
    let scales = try graph.state.filter { $0.role == .normWeight }.compactMap { entry in
      try weights[entry.name]?.extremes().map { range in
        (name: entry.name, scale: max(abs(range.lowerBound), abs(range.upperBound)))
      }
    }
    let limit = scales.map(\.scale).median * share
    return scales.filter { $0.scale <= limit }.map(\.name)
  }
}
