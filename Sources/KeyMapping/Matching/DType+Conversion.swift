import PthTensors

extension DType {
  /// Whether a parameter or counter of this type can be loaded from a tensor of another type.
  ///
  /// PyTorch copies any type into any other. Here integers are not converted to floating-point weights, since
  /// quantised weights would be wrong without their scale.
  func accepts(_ other: DType) -> Bool {
    if self == other { return true }
    let isReal = other.isFloatingPoint && other != .float4_e2m1fn_x2
    return isFloatingPoint ? isReal : isReal || other.isPlainInteger
  }

  private var isPlainInteger: Bool {
    switch self {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool: true
    default: false
    }
  }
}
