/// What a node computes. Tensors are `[batch, channels, height, width]` unless said otherwise.
package enum Operation: Sendable, Hashable {
  /// Input: x.
  case conv2d(Conv2d)
  /// Inputs: x, offsets, and for a modulated (v2) one the mask.
  case deformConv2d(DeformConv2d)
  /// Input: x. In inference, with running statistics.
  case batchNorm2d(BatchNorm2d)
  /// Input: x.
  case groupNorm(GroupNorm)
  /// Input: x.
  case relu
  /// Input: x.
  case sigmoid
  /// Input: x.
  case maxPool2d(MaxPool2d)
  /// Input: x.
  case avgPool2d(AvgPool2d)
  /// Inputs: two of the same shape.
  case add
  /// Input: x. Channels `start ..< start + count`.
  case sliceChannels(start: Int, count: Int)
  /// Inputs: any number, of equal batch, height and width.
  case concatChannels
  /// Input: x. The mean over height and width: `[batch, channels]`.
  case globalAvgPool
  /// Input: `[batch, features]`.
  case linear(Linear)

  /// PyTorch's name for it (`Conv2d`, `relu`, `cat`…).
  package var label: String {
    switch self {
    case .conv2d: "Conv2d"
    case .deformConv2d(let layer): layer.isModulated ? "ModulatedDeformConv2d" : "DeformConv2d"
    case .batchNorm2d: "BatchNorm2d"
    case .groupNorm: "GroupNorm"
    case .relu: "ReLU"
    case .sigmoid: "Sigmoid"
    case .maxPool2d: "MaxPool2d"
    case .avgPool2d: "AvgPool2d"
    case .add: "add"
    case .sliceChannels: "narrow"
    case .concatChannels: "cat"
    case .globalAvgPool: "AdaptiveAvgPool2d"
    case .linear: "Linear"
    }
  }

  /// Last part of the name of a node that has no module of its own.
  var nodeSuffix: String {
    switch self {
    case .conv2d: "conv2d"
    case .deformConv2d: "deform_conv2d"
    case .batchNorm2d: "batch_norm"
    case .groupNorm: "group_norm"
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .maxPool2d: "maxpool"
    case .avgPool2d: "avgpool"
    case .add: "add"
    case .sliceChannels: "split"
    case .concatChannels: "cat"
    case .globalAvgPool: "avgpool"
    case .linear: "linear"
    }
  }
}
