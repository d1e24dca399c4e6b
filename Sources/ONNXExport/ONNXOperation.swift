import CPthONNXSchema
import PthBackbones
import PthTensors

/// An operation that can be written as operators of ONNX; each in a file of its own.
protocol ONNXOperation: GraphOperation {
  /// The operators that compute it; the output of the last one is `place.output`.
  ///
  /// - Parameter names: Gives names to the values between them.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode]

  /// Whether a batch norm behind it can become part of its weight and bias.
  var foldsBatchNorm: Bool { get }

  /// Numbers that an operator takes as inputs.
  var constants: [Int] { get }
}

extension ONNXOperation {
  var foldsBatchNorm: Bool { false }
  var constants: [Int] { [] }
}

/// The operations that can be written.
let onnxOperations = OperationTable<any ONNXOperation>(
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

/// A node of a backbone's graph in ONNX's names.
struct ONNXPlace {
  let name: String
  /// The values that it reads.
  let inputs: [String]
  /// The state of its module that it reads, in the order of registration.
  let state: [String]
  let output: String
  /// Axes of the output.
  let rank: Int
  /// The dtype in which the network computes.
  let dtype: DType

  /// One operator, of all inputs and the state unless others are given.
  func node(
    _ type: String, _ attributes: [ONNXNode.Attribute] = [], inputs: [String]? = nil,
    output: String? = nil
  ) -> ONNXNode {
    ONNXNode(
      type: type, name: name, inputs: inputs ?? self.inputs + state,
      output: output ?? self.output, attributes: attributes)
  }

  /// For norms of a float64 network, whose mean and variance would be taken in float32.
  var stashType: [ONNXNode.Attribute] {
    dtype == .float64 ? [.int("stash_type", Int(dtype.onnxType!.rawValue))] : []
  }
}

extension Size2D {
  var both: [Int] { [height, width] }

  /// The same padding at both ends of each axis.
  var atBothEnds: [Int] { both + both }
}
