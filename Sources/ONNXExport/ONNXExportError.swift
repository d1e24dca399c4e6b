import PthTensors

/// Why a backbone cannot be written as ONNX.
public enum ONNXExportError: Error, Equatable, CustomStringConvertible {
  /// The weights lack a tensor that the graph reads.
  case missing(key: String)
  /// A tensor's shape is not the graph's.
  case shape(key: String, has: [Int], wants: [Int])
  /// A tensor has no values.
  case noData(key: String)
  /// A tensor is an expanded view that is far larger than its storage.
  case expanded(key: String)
  /// ONNX's operators are not defined for a tensor's dtype.
  case dtype(key: String, DType)
  /// Two tensors have different dtypes.
  case mixedDTypes(key: String, DType, other: String, DType)
  /// An output has the same name as a parameter; ONNX has one namespace for both.
  case ambiguous(name: String)
  /// The exporter has no ONNX operators for an operation.
  case operation(node: String, label: String)
  /// The model without its weights is larger than an ONNX file may be (2 GB).
  case tooLarge(bytes: Int)

  public var description: String {
    switch self {
    case .missing(let key): "\(key): is missing; complete the weights before writing ONNX"
    case .shape(let key, let has, let wants):
      "\(key): has shape \(has), the backbone wants \(wants)"
    case .noData(let key): "\(key): is on the meta device and has no data"
    case .expanded(let key):
      "\(key): repeats a far smaller storage too often to be written out"
    case .dtype(let key, let dtype):
      "\(key): ONNX has no convolutions of \(dtype.rawValue); "
        + "cast to float32, float16, bfloat16 or float64"
    case .mixedDTypes(let key, let dtype, let other, let expected):
      "\(key): is \(dtype.rawValue) and \(other) is \(expected.rawValue); "
        + "ONNX computes in one dtype, so cast all to one"
    case .ambiguous(let name): "\(name): is both an output and a parameter; rename the output"
    case .operation(let node, let label): "\(node): \(label) cannot be written as ONNX"
    case .tooLarge(let bytes):
      "the layers take \(bytes) bytes without their weights; an ONNX file holds less than 2 GB"
    }
  }
}
