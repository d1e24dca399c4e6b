import PthBackbones
import PthEngines
import PthTensors

/// A batch norm of a graph with the statistics that the checkpoint recorded for it.
struct NormRecord: Sendable {
  let node: Node
  /// The name of the node whose output the norm normalises, usually a convolution.
  let feeder: String
  let means: [Double]
  let variances: [Double]
  let eps: Double
  /// The number of batch norms before this one, on the path from the input with most of them.
  let depth: Int
  /// Whether the statistics are the initial ones (mean 0, variance 1): nothing was recorded, or the statistics were
  /// folded into the weights.
  let isUnrecorded: Bool

  var seesInput: Bool { depth == 0 }

  /// All batch norms of a graph, in the order of its nodes.
  ///
  /// - Throws: ``InputProblem`` if the weights lack a norm's statistics; the error of reading tensors.
  static func all(of graph: ModelGraph, _ weights: StateDict) throws -> [NormRecord] {
    var depths = [0]
    for node in graph.nodes {
      let before = node.inputs.map { depths[$0.id] }.max() ?? 0
      depths.append(before + (node.operation is BatchNorm2d ? 1 : 0))
    }
    return try graph.batchNorms.map { node in
      guard let norm = node.operation as? BatchNorm2d else { preconditionFailure(node.name) }
      let means = try graph.doubles(.runningMean, of: node, weights)
      let variances = try graph.doubles(.runningVar, of: node, weights)
      return NormRecord(
        node: node, feeder: graph.producer(of: node.inputs[0])?.name ?? "the input", means: means,
        variances: variances, eps: norm.eps, depth: depths[node.inputs[0].id],
        isUnrecorded: means.allSatisfy { $0 == 0 } && variances.allSatisfy { $0 == 1 })
    }
  }
}

extension ModelGraph {
  fileprivate func doubles(
    _ role: StateRole, of node: Node, _ weights: StateDict
  ) throws -> [Double] {
    guard let entry = entry(role, of: node), let tensor = weights[entry.name] else {
      throw InputProblem("\(node.name) has no \(role)")
    }
    return try tensor.doubles()
  }
}
