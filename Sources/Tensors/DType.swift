/// The element type of a tensor, by PyTorch's name.
///
/// The raw value is the name without the `torch.` prefix.
public enum DType: String, Sendable, CaseIterable, Hashable {
  case float64, float32, float16, bfloat16
  case float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu
  /// Two four-bit floats in each byte; the shape counts bytes.
  case float4_e2m1fn_x2
  /// Complex with bfloat16 parts.
  case bcomplex32
  case complex32, complex64, complex128
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool
  case qint8, quint8, qint32
  /// Two or four quantized values per byte of the storage; the shape counts values.
  case quint4x2, quint2x4
  case bits8, bits16
  case bits1x8, bits2x4, bits4x2
  /// Integers of few bits, which PyTorch declares for its compiler; one byte each in storage.
  case int1, int2, int3, int4, int5, int6, int7
  case uint1, uint2, uint3, uint4, uint5, uint6, uint7

  /// Bytes of one element, as in PyTorch's `element_size()`.
  public var itemSize: Int {
    switch self {
    case .complex128: 16
    case .float64, .complex64, .int64, .uint64: 8
    case .float32, .complex32, .bcomplex32, .int32, .uint32, .qint32: 4
    case .float16, .bfloat16, .int16, .uint16, .bits16: 2
    case .float8_e4m3fn, .float8_e4m3fnuz, .float8_e5m2, .float8_e5m2fnuz, .float8_e8m0fnu,
      .float4_e2m1fn_x2, .int8, .uint8, .bool, .qint8, .quint8, .quint4x2, .quint2x4, .bits8,
      .bits1x8, .bits2x4, .bits4x2, .int1, .int2, .int3, .int4, .int5, .int6, .int7, .uint1, .uint2,
      .uint3, .uint4, .uint5, .uint6, .uint7:
      1
    }
  }

  /// Elements per byte of a storage; 1 for all dtypes except the packed quantized ones.
  package var elementsPerByte: Int {
    switch self {
    case .quint4x2: 2
    case .quint2x4: 4
    default: 1
    }
  }

  /// Whether a byte holds several values; such elements are not decoded.
  package var isPacked: Bool { elementsPerByte > 1 || self == .float4_e2m1fn_x2 }

  /// The size of the byte groups whose order differs between little- and big-endian machines: the whole element, or
  /// each part of a complex one.
  package var byteSwapUnit: Int { isComplex ? itemSize / 2 : itemSize }

  /// Whether elements have a real and an imaginary part.
  package var isComplex: Bool {
    switch self {
    case .complex32, .bcomplex32, .complex64, .complex128: true
    default: false
    }
  }

  /// Whether elements are real floating-point numbers; false for complex dtypes.
  package var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .float8_e4m3fn, .float8_e4m3fnuz, .float8_e5m2,
      .float8_e5m2fnuz, .float8_e8m0fnu, .float4_e2m1fn_x2:
      true
    default: false
    }
  }

  /// Whether elements are integers with a scale and zero point (`torch.qint8` and similar).
  package var isQuantized: Bool {
    switch self {
    case .qint8, .quint8, .qint32, .quint4x2, .quint2x4: true
    default: false
    }
  }

  /// Bytes that `elements` elements take; nil if that overflows.
  package func byteCount(elements: Int) -> Int? {
    if elementsPerByte > 1 {
      return elements / elementsPerByte + (elements % elementsPerByte == 0 ? 0 : 1)
    }
    let (bytes, overflow) = elements.multipliedReportingOverflow(by: itemSize)
    return overflow ? nil : bytes
  }
}
