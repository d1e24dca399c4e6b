#if OneDNN
import PthBackbones

/// An operation that the engine can compute; each in a file of its own.
protocol OneDNNOperation: GraphOperation {
  /// The following nodes that are computed together with it.
  var absorbs: Absorption { get }

  /// The largest result, if it is a ReLU, which others absorb: infinity, or 6 of a ReLU6.
  var ceiling: Float? { get }

  /// This operation as a convolution of oneDNN; nil if it is computed otherwise.
  var asConvolution: (any OneDNNConvolution)? { get }

  /// Appends the steps that compute a fused node that begins with this operation.
  ///
  /// - Parameter index: Of the fused node.
  /// - Returns: Where the result lies.
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView
}

extension OneDNNOperation {
  var absorbs: Absorption { [] }
  var ceiling: Float? { nil }
  var asConvolution: (any OneDNNConvolution)? { nil }
}

/// The operations that may follow at no cost, in this order.
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
  .init(ReLU6.self) { $0 },
  .init(SameConv2d.self) { $0 },
  .init(Sigmoid.self) { $0 },
  .init(SliceChannels.self) { $0 })
#endif
