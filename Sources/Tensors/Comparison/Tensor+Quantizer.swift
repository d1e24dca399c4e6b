extension Tensor {
  /// Whether integers represent the same numbers in both tensors: neither is quantized, or both have the same scales
  /// and zero points.
  func hasQuantizer(of other: Tensor) throws -> Bool {
    switch (quantizer, other.quantizer) {
    case (nil, nil): return true
    case (.perTensor(let scale, let zero)?, .perTensor(let otherScale, let otherZero)?):
      return scale == otherScale && zero == otherZero
    case (
      .perChannel(let scales, let zeros, let axis)?,
      .perChannel(let otherScales, let otherZeros, let otherAxis)?
    ):
      guard axis == otherAxis, scales.shape == otherScales.shape, zeros.shape == otherZeros.shape
      else { return false }
      return try TensorDifference(scales, otherScales).maxAbs == 0
        && TensorDifference(zeros, otherZeros).maxAbs == 0
    default: return false
    }
  }
}
