import CPthONNXSchema
import PthTensors

extension DType {
  /// ONNX's `TensorProto.DataType`; nil for dtypes that ONNX's convolutions are not defined for.
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

/// An ONNX operator set and the IR version that belongs to it.
struct OperatorSet {
  let opset: Int
  let irVersion: Int

  /// The oldest operator set that suffices for every backbone, so that most runtimes support it.
  ///
  /// Deformable convolutions exist since 19, GELU since 20, group norms with a weight per channel since 21 (in 18 they
  /// have one per group), convolutions and poolings in bfloat16 since 22.
  init(for dtype: DType) {
    opset = dtype == .bfloat16 ? 22 : 21
    irVersion = 10
  }
}
