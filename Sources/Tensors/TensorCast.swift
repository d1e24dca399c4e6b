import Bytes

extension Tensor {
  /// The same values in another dtype, as `Tensor.to(dtype)`: rounded to nearest even, contiguous,
  /// converted when the bytes are wanted. The tensor itself if it has that dtype.
  ///
  /// - Throws: ``TensorError/unsupported(_:)`` unless both types are real (float64 to bfloat16,
  ///   integers up to 64 bits, bool).
  public func cast(to target: DType) throws(TensorError) -> Tensor {
    if target == dtype { return self }
    guard let encode = Self.encoder(target) else { throw .unsupported(target) }
    guard !dtype.isComplex, dtype.elementsPerByte == 1 else { throw .unsupported(dtype) }
    guard let size = target.byteCount(elements: elementCount) else {
      throw .overflow(shape: shape, strides: strides)
    }
    let source = self
    let storage = TensorStorage(key: storage.key, byteCount: size, device: storage.device) {
      let buffer = OwnedBuffer(count: size)
      var pointer = buffer.memory.baseAddress!
      for value in try TensorElements(source).values() {
        encode(value, pointer)
        pointer += target.itemSize
      }
      return Bytes(buffer)
    }
    return try Tensor(storage: storage, dtype: target, shape: shape)
  }

  private typealias Encoder = @Sendable (ElementValue, UnsafeMutableRawPointer) -> Void

  private static func encoder(_ dtype: DType) -> Encoder? {
    switch dtype {
    case .float64: { $1.storeBytes(of: $0.real, as: Double.self) }
    case .float32: { $1.storeBytes(of: Float($0.real), as: Float.self) }
    case .float16: { $1.storeBytes(of: Float16($0.real), as: Float16.self) }
    case .bfloat16: { $1.storeBytes(of: bfloat16Bits(Float($0.real)), as: UInt16.self) }
    case .int8: { $1.storeBytes(of: Int8(truncatingIfNeeded: $0.integer), as: Int8.self) }
    case .uint8: { $1.storeBytes(of: UInt8(truncatingIfNeeded: $0.integer), as: UInt8.self) }
    case .int16: { $1.storeBytes(of: Int16(truncatingIfNeeded: $0.integer), as: Int16.self) }
    case .int32: { $1.storeBytes(of: Int32(truncatingIfNeeded: $0.integer), as: Int32.self) }
    case .int64: { $1.storeBytes(of: Int64($0.integer), as: Int64.self) }
    case .bool: { $1.storeBytes(of: $0.real == 0 ? 0 : 1, as: UInt8.self) }
    default: nil
    }
  }

  /// The upper half of a float's bits, rounded to nearest even; NaN stays NaN.
  package static func bfloat16Bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fc0 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}

extension ElementValue {
  /// Truncated towards zero as C casts do; out-of-range values become 0.
  fileprivate var integer: Int {
    switch self {
    case .int(let value): value
    case .unsigned(let value): Int(truncatingIfNeeded: value)
    default: Int(exactly: real.rounded(.towardZero)) ?? 0
    }
  }
}

extension TensorStorage {
  /// All of the storage as a one-dimensional tensor.
  public func flatTensor(_ dtype: DType) throws(TensorError) -> Tensor {
    try Tensor(
      storage: self, dtype: dtype, shape: [byteCount / dtype.itemSize * dtype.elementsPerByte])
  }
}
