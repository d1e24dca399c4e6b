import PthBackbones
import PthTensors

/// Runs a `ModelGraph` with its weights in inference mode.
package protocol InferenceEngine: Sendable {
  /// The engine's name in reports: `reference` or `onednn`.
  var name: String { get }
  /// The graph that is run.
  var graph: ModelGraph { get }

  /// Runs the graph.
  ///
  /// - Parameters:
  ///   - input: `[batch, channels, height, width]` of a floating-point dtype.
  ///   - observe: Called in the order of execution with each node and its output, except for nodes that
  ///     the engine has fused into others. The tensor is valid only during the call. With `observe`, oneDNN must
  ///     copy every value out of its own layout, which takes time.
  /// - Returns: The graph's outputs by name (`layer1`…) in its order: contiguous
  ///   `[batch, channels, height, width]` (a classifier's: `[batch, classes]`), float64 from the reference
  ///   engine, float32 from oneDNN.
  /// - Throws: ``EngineError`` for an input that does not fit; errors of `observe`.
  func run(_ input: Tensor, observe: ((Node, Tensor) throws -> Void)?) throws -> StateDict
}
