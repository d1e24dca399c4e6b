import CPthONNXSchema
import PthBackbones
import PthTensors

extension Size2D {
  fileprivate var both: [Int] { [height, width] }

  /// The same padding at both ends of each axis.
  fileprivate var atBothEnds: [Int] { both + both }
}

extension Conv2d {
  fileprivate var attributes: [ONNXNode.Attribute] {
    [
      .ints("kernel_shape", kernel.both), .ints("strides", stride.both),
      .ints("pads", padding.atBothEnds), .ints("dilations", dilation.both), .int("group", groups),
    ]
  }
}

extension Operation {
  /// The operator of ONNX that computes it, and its attributes. The first of two for
  /// ``globalAvgPool``, whose result ONNX leaves with a height and a width of 1.
  ///
  /// - Parameter dtype: what the network computes in.
  func onnx(dtype: DType) -> (type: String, attributes: [ONNXNode.Attribute]) {
    switch self {
    case .conv2d(let conv): ("Conv", conv.attributes)
    // The order of the offsets' channels is torchvision's.
    case .deformConv2d(let deform):
      (
        "DeformConv",
        deform.convolution.attributes + [.int("offset_group", deform.deformGroups)]
      )
    case .batchNorm2d(let norm): ("BatchNormalization", [.float("epsilon", norm.eps)])
    case .groupNorm(let norm):
      // Mean and variance would be taken in float32.
      (
        "GroupNormalization",
        [.int("num_groups", norm.groups), .float("epsilon", norm.eps)]
          + (dtype == .float64 ? [.int("stash_type", Int(dtype.onnxType!.rawValue))] : [])
      )
    case .relu: ("Relu", [])
    case .sigmoid: ("Sigmoid", [])
    case .maxPool2d(let pool):
      (
        "MaxPool",
        [
          .ints("kernel_shape", pool.kernel.both), .ints("strides", pool.stride.both),
          .ints("pads", pool.padding.atBothEnds), .flag("ceil_mode", pool.ceilMode),
        ]
      )
    case .avgPool2d(let pool):
      (
        "AveragePool",
        [
          .ints("kernel_shape", pool.kernel.both), .ints("strides", pool.stride.both),
          .ints("pads", pool.padding.atBothEnds), .flag("ceil_mode", pool.ceilMode),
          .flag("count_include_pad", pool.countIncludePad),
        ]
      )
    case .add: ("Add", [])
    case .sliceChannels: ("Slice", [])
    case .concatChannels: ("Concat", [.int("axis", 1)])
    case .globalAvgPool: ("GlobalAveragePool", [])
    case .linear: ("Gemm", [.int("transB", 1)])
    }
  }

  /// What it reads of its module's state, in the order of the operator's inputs.
  var onnxState: [StateRole] {
    switch self {
    case .conv2d, .deformConv2d: [.convWeight, .convBias]
    case .batchNorm2d: [.normWeight, .normBias, .runningMean, .runningVar]
    case .groupNorm: [.normWeight, .normBias]
    case .linear: [.linearWeight, .linearBias]
    default: []
    }
  }

  /// Axes of the output, for a first input with `rank` axes.
  func outputRank(_ rank: Int) -> Int {
    switch self {
    case .globalAvgPool, .linear: 2
    default: rank
    }
  }
}
