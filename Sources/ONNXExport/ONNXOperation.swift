import CPthONNXSchema
import PthBackbones
import PthTensors

/// An operation that can be written as ONNX operators; each conformance is in a separate file.
protocol ONNXOperation: GraphOperation {
  /// The operators that compute the operation; the output of the last one is `place.output`.
  ///
  /// - Parameter names: Makes unique names for intermediate values.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode]

  /// Whether a following batch norm can be folded into the operation's weight and bias.
  var foldsBatchNorm: Bool { get }

  /// Integers that its operators take as input tensors.
  var constants: [Int] { get }
}

extension ONNXOperation {
  var foldsBatchNorm: Bool { false }
  var constants: [Int] { [] }
}

/// The operations that can be written as ONNX.
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

/// A node of a backbone's graph, with the names that its tensors have in ONNX.
struct ONNXPlace {
  let name: String
  /// The names of its inputs, without weights.
  let inputs: [String]
  /// The names of its parameters and buffers, in the order of registration.
  let state: [String]
  let output: String
  /// Number of axes of the output.
  let rank: Int
  /// The dtype in which the network computes.
  let dtype: DType

  /// One operator; by default its inputs are ``inputs`` and ``state``, and its output is ``output``.
  func node(
    _ type: String, _ attributes: [ONNXNode.Attribute] = [], inputs: [String]? = nil,
    output: String? = nil
  ) -> ONNXNode {
    ONNXNode(
      type: type, name: name, inputs: inputs ?? self.inputs + state,
      output: output ?? self.output, attributes: attributes)
  }

  /// The attribute for norms of a float64 network, whose mean and variance ONNX would compute in float32.
  var stashType: [ONNXNode.Attribute] {
    dtype == .float64 ? [.int("stash_type", Int(dtype.onnxType!.rawValue))] : []
  }
}

extension Size2D {
  var both: [Int] { [height, width] }

  /// The same padding at both ends of each axis.
  var atBothEnds: [Int] { both + both }
}
