import CPthONNXSchema
import PthTensors

extension DType {
  /// ONNX's number (`TensorProto.DataType`) of a dtype that its convolutions are defined for.
  var onnxType: Onnx__TensorProto__DataType? {
    switch self {
    case .float32: ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT
    case .float16: ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16
    case .bfloat16: ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16
    case .float64: ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE
    default: nil
    }
  }
}

/// A set of operators and the format's version that came with it.
struct OperatorSet {
  let opset: Int
  let irVersion: Int

  /// The oldest set that says all a backbone needs, so that most runtimes take it: deformable
  /// convolutions came with 19, group norms with a weight a channel with 21 (those of 18 have one a
  /// group), convolutions and poolings in bfloat16 with 22.
  init(for dtype: DType) {
    opset = dtype == .bfloat16 ? 22 : 21
    irVersion = 10
  }
}
