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
  ///   - observe: Called in the order of execution with each node and its output, except for nodes that
  ///     the engine has fused into others. The tensor is valid only during the call. Without `observe` an
  ///     engine need not copy values out of its own layouts.
  /// - Returns: The graph's outputs by name (`layer1`…) in its order: contiguous
  ///   `[batch, channels, height, width]`, float64 from the reference engine, float32 from oneDNN.
  /// - Throws: ``EngineError`` for an input that does not fit; what `observe` throws.
  func run(_ input: Tensor, observe: ((Node, Tensor) throws -> Void)?) throws -> StateDict
}
