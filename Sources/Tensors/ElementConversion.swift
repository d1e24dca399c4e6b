import PthBytes

/// Conversion of elements between dtypes, as `Tensor.to(dtype)` does. Floating-point numbers are rounded to nearest
/// even (to types narrower than float32 by way of float32, as in PyTorch); integers wrap.
package struct ElementConversion: Sendable {
  package let source: DType
  package let target: DType
  private let decoder: ElementDecoder
  private let encode: Encoder

  private typealias Encoder = @Sendable (ElementValue, UnsafeMutableRawPointer) -> Void

  /// - Throws: ``TensorError/unsupported(_:)`` if `source` is complex or packed, or if `target` is not one of float64,
  ///   float32, float16, bfloat16, int8 to int64, uint8 and bool.
  package init(from source: DType, to target: DType) throws(TensorError) {
    guard let encode = Self.encoder(target) else { throw .unsupported(target) }
    guard !source.isComplex, !source.isPacked else { throw .unsupported(source) }
    self.source = source
    self.target = target
    self.encode = encode
    decoder = ElementDecoder(dtype: source)
  }

  /// Converts all elements of `input`; `output` must have room for them.
  ///
  /// - Returns: The number of finite elements that became infinite.
  package func convert(
    _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer
  ) -> Int {
    switch (source, target) {
    case (.float32, .float16):
      return map(input, to: output) { (value: Float) in
        let half = Float16(value)
        return (half.bitPattern, half.isInfinite && value.isFinite)
      }
    case (.float32, .bfloat16):
      return map(input, to: output) { (value: Float) in
        let bits = Self.bfloat16Bits(value)
        return (bits, bits & 0x7fff == 0x7f80 && value.isFinite)
      }
    case (.float16, .float32):
      return map(input, to: output) { (value: Float16) in (Float(value).bitPattern, false) }
    case (.bfloat16, .float32):
      return map(input, to: output) { (bits: UInt16) in (UInt32(bits) << 16, false) }
    default: return convertOneByOne(input, to: output)
    }
  }

  private func map<Input: BitwiseCopyable, Output: BitwiseCopyable>(
    _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer,
    _ body: (Input) -> (Output, didOverflow: Bool)
  ) -> Int {
    var overflows = 0
    for index in 0..<input.count / MemoryLayout<Input>.size {
      let value = input.loadUnaligned(
        fromByteOffset: index &* MemoryLayout<Input>.size, as: Input.self)
      let (converted, didOverflow) = body(value)
      output.storeBytes(
        of: converted, toByteOffset: index &* MemoryLayout<Output>.size, as: Output.self)
      overflows &+= didOverflow ? 1 : 0
    }
    return overflows
  }

  private func convertOneByOne(
    _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard let start = input.baseAddress, let destination = output.baseAddress else { return 0 }
    let result = ElementDecoder(dtype: target)
    var overflows = 0
    for index in 0..<input.count / source.itemSize {
      let value = decoder.value(at: start + index * source.itemSize)
      let pointer = destination + index * target.itemSize
      encode(value, pointer)
      if target.isFloatingPoint, value.real.isFinite, !result.value(at: pointer).real.isFinite {
        overflows += 1
      }
    }
    return overflows
  }

  private static func encoder(_ dtype: DType) -> Encoder? {
    switch dtype {
    case .float64: { $1.storeBytes(of: $0.real, as: Double.self) }
    case .float32: { $1.storeBytes(of: Float($0.real), as: Float.self) }
    case .float16: { $1.storeBytes(of: Float16(Float($0.real)), as: Float16.self) }
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

  /// The upper half of a float's bits, rounded to nearest even; NaN becomes the quiet NaN 0x7fc0.
  package static func bfloat16Bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fc0 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}

extension ElementValue {
  /// Truncated towards zero as in C; values out of range become 0.
  fileprivate var integer: Int {
    switch self {
    case .int(let value): value
    case .unsigned(let value): Int(truncatingIfNeeded: value)
    default: Int(exactly: real.rounded(.towardZero)) ?? 0
    }
  }
}
