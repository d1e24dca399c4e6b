/// The largest rounding error of a floating-point dtype: half a unit in the last place.
package struct HalfUlp: Sendable {
  /// `relative` is relative to the power of two below a number; `absolute` is the error of subnormal numbers.
  package let relative, absolute: Double

  /// Significand bits and smallest exponent of the dtypes that are narrower than float64.
  private static let types: [DType: (bits: Int, exponent: Int)] = [
    .float32: (23, -126), .float16: (10, -14), .bfloat16: (7, -126), .float8_e4m3fn: (3, -6),
    .float8_e4m3fnuz: (3, -7), .float8_e5m2: (2, -14), .float8_e5m2fnuz: (2, -15),
  ]

  /// The error of a dtype narrower than float64; nil for other dtypes.
  package init?(_ dtype: DType) {
    guard let type = Self.types[dtype] else { return nil }
    relative = Double(sign: .plus, exponent: -type.bits - 1, significand: 1)
    absolute = Double(sign: .plus, exponent: type.exponent - type.bits - 1, significand: 1)
  }

  /// The error of the narrower dtype; nil unless the two are different floating-point dtypes.
  init?(_ first: DType, _ second: DType) {
    let types = [first, second].filter { Self.types[$0] != nil }
    guard first != second, [first, second].allSatisfy({ $0 == .float64 || types.contains($0) }),
      let narrow = types.min(by: { Self.types[$0]!.bits < Self.types[$1]!.bits })
    else { return nil }
    self.init(narrow)
  }

  /// The error for a number of this magnitude.
  package func of(_ magnitude: Double) -> Double {
    magnitude.isFinite ? max(magnitude.binade * relative, absolute) : 0
  }
}
