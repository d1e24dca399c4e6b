import PthBackbones
import PthTensors

/// Something that runs a `ModelGraph` with its weights, in inference mode.
package protocol InferenceEngine: Sendable {
  /// `reference` or `onednn`, as in reports.
  var name: String { get }
  /// The graph that is run.
  var graph: ModelGraph { get }

  /// Runs the graph.
  ///
  /// - Parameters:
  ///   - input: `[batch, channels, height, width]` of a floating-point dtype.
  ///   - observe: Called in the order of execution with every node whose output the engine has in
  ///     memory by itself (a fused one has not) and with that output; the tensor is valid only
  ///     during the call. Without it an engine need not copy values out of its own layouts.
  /// - Returns: The graph's outputs by name (`layer1`…) in its order: contiguous
  ///   `[batch, channels, height, width]`, float64 from the reference engine, float32 from oneDNN.
  /// - Throws: ``EngineError`` for an input that does not fit; what `observe` throws.
  func run(_ input: Tensor, observe: ((Node, Tensor) throws -> Void)?) throws -> StateDict
}
