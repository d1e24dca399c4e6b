import PthBackbones
import PthTensors

/// Runs a graph as in training: every batch norm normalises with the mean and variance of the current batch, not with
/// the running statistics.
///
/// Each norm can therefore be judged separately: unusual images, or a fault in front of a norm, show only at that
/// norm, since later layers get normalised values again.
package protocol ReplayEngine: Sendable {
  /// The graph that is run.
  var graph: ModelGraph { get }

  /// The moments of the inputs of the graph's first `normCount` batch norms, in the order of the graph. The run ends
  /// after them.
  ///
  /// - Parameter input: `[batch, channels, height, width]` of a floating-point dtype.
  /// - Throws: ``EngineError`` for an input that does not fit.
  func moments(_ input: Tensor, normCount: Int) throws -> [NormMoments]
}

extension EngineKind {
  /// Makes a replay engine for a graph.
  ///
  /// - Throws: ``EngineError`` if the weights do not fit, or the engine is not part of this build or cannot be
  ///   loaded.
  package func makeReplay(
    graph: ModelGraph, weights: StateDict, threads: Int
  ) throws -> any ReplayEngine {
    switch self {
    case .reference: return try ReferenceReplay(graph: graph, weights: weights, threads: threads)
    case .onednn:
      #if OneDNN
      return try OneDNNEngine(
        graph: graph, weights: weights, threads: threads, keepsNorms: true)
      #else
      throw EngineError.backend(
        "this build has no oneDNN; build it with the trait OneDNN, or use the reference engine")
      #endif
    }
  }
}

extension ModelGraph {
  /// The batch norms in the order of execution.
  package var batchNorms: [Node] {
    nodes.filter { $0.operation is BatchNorm2d }
  }
}
