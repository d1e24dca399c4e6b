#if OneDNN
import PthBackbones

/// An operation that the engine can compute; each in a file of its own.
protocol OneDNNOperation: GraphOperation {
  /// What of the nodes behind it is computed at once with it.
  var absorbs: Absorption { get }

  /// The same, where oneDNN's convolution computes it.
  var asConvolution: (any OneDNNConvolution)? { get }

  /// Appends the steps that compute a node whose first operation this is.
  ///
  /// - Parameter index: Of the fused node.
  /// - Returns: Where the result lies.
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView
}

extension OneDNNOperation {
  var absorbs: Absorption { [] }
  var asConvolution: (any OneDNNConvolution)? { nil }
}

/// What may follow an operation at no cost, in this order.
struct Absorption: OptionSet {
  let rawValue: Int

  static let batchNorm = Absorption(rawValue: 1)
  static let addition = Absorption(rawValue: 2)
  static let relu = Absorption(rawValue: 4)
}

/// The operations that the engine computes.
let oneDNNOperations = OperationTable<any OneDNNOperation>(
  .init(Add.self) { $0 },
  .init(AvgPool2d.self) { $0 },
  .init(BatchNorm2d.self) { $0 },
  .init(ConcatChannels.self) { $0 },
  .init(Conv2d.self) { $0 },
  .init(DeformConv2d.self) { $0 },
  .init(GELU.self) { $0 },
  .init(GlobalAvgPool.self) { $0 },
  .init(GroupNorm.self) { $0 },
  .init(LayerNorm.self) { $0 },
  .init(Linear.self) { $0 },
  .init(MaxPool2d.self) { $0 },
  .init(Multiply.self) { $0 },
  .init(ReLU.self) { $0 },
  .init(Sigmoid.self) { $0 },
  .init(SliceChannels.self) { $0 })
#endif
