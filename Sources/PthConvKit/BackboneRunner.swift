import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// Runs a backbone, in inference mode.
///
/// ```swift
/// let runner = try BackboneRunner(backbone)
/// let outputs = try runner.run(image)
/// ```
public struct BackboneRunner: Sendable {
  private let engine: any InferenceEngine

  /// - Parameters:
  ///   - backbone: The filled backbone to run.
  ///   - engine: nil for the fastest of this build: oneDNN's in float32, or the reference engine in
  ///     float64.
  ///   - threads: nil for all processors.
  /// - Throws: ``EngineError`` if the engine is not part of this build or its library is not there.
  public init(
    _ backbone: LoadedBackbone, engine: EngineKind? = nil, threads: Int? = nil
  ) throws {
    let kind = engine ?? (EngineKind.onednn.isAvailable ? .onednn : .reference)
    self.engine = try kind.make(
      graph: backbone.graph, weights: backbone.weights,
      threads: threads ?? EngineKind.processorCount)
  }

  /// The outputs by name (`layer1`…), in the order in which the backbone returns them.
  ///
  /// - Parameter input: `[batch, channels, height, width]` of a floating-point type.
  /// - Throws: ``EngineError`` for an input that does not fit.
  public func run(_ input: Tensor) throws -> StateDict { try engine.run(input, observe: nil) }
}
