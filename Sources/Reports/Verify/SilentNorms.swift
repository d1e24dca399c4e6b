import PthBackbones
import PthTensors

/// Norms with weights of nearly 0, so that the outputs hardly depend on the layers before them.
///
/// `zero_init_residual` starts blocks so, and weight decay can pull them there.
enum SilentNorms {
  /// The largest weight of a silent norm, relative to the network's median: such a contribution is within
  /// float32's rounding.
  private static let share = 1e-5

  /// The names of their weights, in the order of the graph.
  ///
  /// - Throws: The error of reading the tensors.
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
