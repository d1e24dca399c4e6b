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
  ///   - engine: nil for the fastest engine in this build: oneDNN in float32, otherwise the reference engine in
  ///     float64.
  ///   - threads: The number of threads; nil uses all processors.
  /// - Throws: ``EngineError`` if the engine is not part of this build or its library is not installed.
  public init(
    _ backbone: LoadedBackbone, engine: EngineKind? = nil, threads: Int? = nil
  ) throws {
    let kind = engine ?? (EngineKind.onednn.isAvailable ? .onednn : .reference)
    self.engine = try kind.make(
      graph: backbone.graph, weights: backbone.weights,
      threads: threads ?? EngineKind.processorCount)
  }

  /// Runs the backbone and returns its outputs by name (`layer1`…), in the order in which it returns them.
  ///
  /// - Parameter input: Shape `[batch, channels, height, width]`, of a floating-point dtype.
  /// - Throws: ``EngineError`` if the input does not fit the backbone.
  public func run(_ input: Tensor) throws -> StateDict { try engine.run(input, observe: nil) }
}
