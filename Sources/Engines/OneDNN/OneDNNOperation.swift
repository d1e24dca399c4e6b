#if OneDNN
import PthBackbones

/// An operation that the engine can compute; each conformance is in a separate file.
protocol OneDNNOperation: GraphOperation {
  /// The operations that can be fused behind this one.
  var absorbs: Absorption { get }

  /// The upper limit of a ReLU: infinity, or 6 for a ReLU6; nil for other operations.
  var ceiling: Float? { get }

  /// This operation as a convolution of oneDNN; nil if it is computed in another way.
  var asConvolution: (any OneDNNConvolution)? { get }

  /// Appends the steps that compute a fused node whose first operation is this one.
  ///
  /// - Parameter index: Index of the fused node.
  /// - Returns: The view that holds the result.
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView
}

extension OneDNNOperation {
  var absorbs: Absorption { [] }
  var ceiling: Float? { nil }
  var asConvolution: (any OneDNNConvolution)? { nil }
}

/// Operations that can be fused behind another one, in this order.
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
