import PthBackbones
import PthTensors

/// Something that runs a graph as in training: every batch norm normalises with the mean and variance
/// of the batch at hand, not with the recorded ones.
///
/// So each norm is judged by itself: unusual images, or a fault in front of a norm, show at that
/// norm only, since the layers behind it get normalised values again.
package protocol ReplayEngine: Sendable {
  /// The graph that is run.
  var graph: ModelGraph { get }

  /// The inputs of the graph's first `normCount` batch norms, in the order of the graph; the run ends
  /// there.
  ///
  /// - Parameter input: `[batch, channels, height, width]` of a floating-point dtype.
  /// - Throws: ``EngineError`` for an input that does not fit.
  func moments(_ input: Tensor, normCount: Int) throws -> [NormMoments]
}

extension EngineKind {
  /// - Throws: ``EngineError``: the weights do not fit, or the engine is not part of this build.
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
