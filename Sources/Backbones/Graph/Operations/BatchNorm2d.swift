import PthTensors

/// A `torch.nn.BatchNorm2d` with affine parameters and running statistics, in inference, where `SyncBN`
/// computes the same.
///
/// Input: x.
package struct BatchNorm2d: GraphOperation {
  package let channels: Int
  package let eps: Double

  package init(channels: Int, eps: Double = 1e-5) {
    self.channels = channels
    self.eps = eps
  }

  package var label: String { "BatchNorm2d" }
  package var nodeSuffix: String { "batch_norm" }
  package var channelFlow: ChannelFlow { .channelwise }
  package var layerType: LayerType { .batchNorm }
  /// State dicts of version 2 and later contain `num_batches_tracked`.
  package var stateVersion: Int { 2 }

  package var parameters: [ParameterDeclaration] {
    ParameterDeclaration.ofNorm([channels]) + [
      .buffer(.runningMean, "running_mean", [channels], value: 0),
      .buffer(.runningVar, "running_var", [channels], value: 1),
      .buffer(.numBatchesTracked, "num_batches_tracked", [], dtype: .int64, value: 0),
    ]
  }

  package var fault: String? {
    (1...Limit.channels).contains(channels)
      ? nil : "the channels must be from 1 to \(Limit.channels)"
  }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try expect([channels], of: inputs)
    return inputs[0]
  }
}

extension LayerType {
  /// Batch norms: all subclasses of `_BatchNorm`, as mmengine selects them.
  public static let batchNorm = LayerType(rawValue: "_BatchNorm")
}

extension StateRole {
  /// The weight of any norm: a factor of the normalised values, to which the bias is then added.
  package static let normWeight = StateRole(rawValue: "normWeight")
  package static let normBias = StateRole(rawValue: "normBias")
  package static let runningMean = StateRole(rawValue: "runningMean")
  package static let runningVar = StateRole(rawValue: "runningVar")
  /// A scalar `int64`: batches that a batch norm has seen in training.
  package static let numBatchesTracked = StateRole(rawValue: "numBatchesTracked")
}

extension ParameterDeclaration {
  /// Weight and bias of a norm, both of this shape.
  static func ofNorm(_ shape: [Int]) -> [ParameterDeclaration] {
    [
      ParameterDeclaration(.normWeight, "weight", shape, initializer: .constant(1)),
      ParameterDeclaration(.normBias, "bias", shape, initializer: .constant(0)),
    ]
  }
}

extension ModuleBuilder {
  /// An `nn.BatchNorm2d` with running statistics.
  ///
  /// - Parameters:
  ///   - requiresGrad: whether training changes weight and bias.
  ///   - countsBatches: whether it has `num_batches_tracked`; a `FrozenBatchNorm2d` has none.
  public func batchNorm2d(
    _ name: String, channels: Int, eps: Double = 1e-5, requiresGrad: Bool = true,
    countsBatches: Bool = true, stage: Stage? = nil
  ) -> Layer {
    layer(
      name, BatchNorm2d(channels: channels, eps: eps),
      without: countsBatches ? [] : [.numBatchesTracked], requiresGrad: requiresGrad, stage: stage)
  }
}
