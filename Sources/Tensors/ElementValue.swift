/// One element of a tensor, as Python's `.item()` returns it.
package enum ElementValue: Sendable, Equatable {
  case bool(Bool)
  case int(Int)
  /// A uint64 above `Int.max`.
  case unsigned(UInt64)
  case real(Double)
  case complex(Double, Double)

  /// The value as a float64; for a complex value its real part.
  package var real: Double {
    switch self {
    case .bool(let flag): flag ? 1 : 0
    case .int(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .real(let value): value
    case .complex(let value, _): value
    }
  }
}

/// Decodes elements of one dtype from little-endian bytes.
struct ElementDecoder: Sendable {
  let dtype: DType

  /// The element that begins at `pointer`.
  func value(at pointer: UnsafeRawPointer) -> ElementValue {
    switch dtype {
    case .float64: .real(load(pointer, Double.self))
    case .float32: .real(Double(load(pointer, Float.self)))
    case .float16: .real(Double(load(pointer, Float16.self)))
    case .bfloat16: .real(Double(bfloat16(pointer)))
    case .float8_e4m3fn, .float8_e4m3fnuz, .float8_e5m2, .float8_e5m2fnuz, .float8_e8m0fnu:
      .real(Minifloat.decode(load(pointer, UInt8.self), dtype))
    case .complex32:
      .complex(Double(load(pointer, Float16.self)), Double(load(pointer + 2, Float16.self)))
    case .bcomplex32: .complex(Double(bfloat16(pointer)), Double(bfloat16(pointer + 2)))
    case .complex64:
      .complex(Double(load(pointer, Float.self)), Double(load(pointer + 4, Float.self)))
    case .complex128: .complex(load(pointer, Double.self), load(pointer + 8, Double.self))
    case .int8, .qint8, .int1, .int2, .int3, .int4, .int5, .int6, .int7:
      .int(Int(load(pointer, Int8.self)))
    case .int16: .int(Int(load(pointer, Int16.self)))
    case .int32, .qint32: .int(Int(load(pointer, Int32.self)))
    case .int64: .int(load(pointer, Int.self))
    case .uint16, .bits16: .int(Int(load(pointer, UInt16.self)))
    case .uint32: .int(Int(load(pointer, UInt32.self)))
    case .uint64:
      load(pointer, UInt64.self) > UInt64(Int.max)
        ? .unsigned(load(pointer, UInt64.self)) : .int(load(pointer, Int.self))
    case .bool: .bool(load(pointer, UInt8.self) != 0)
    // Packed dtypes are decoded as whole bytes.
    case .uint8, .quint8, .float4_e2m1fn_x2, .quint4x2, .quint2x4, .bits8, .bits1x8, .bits2x4,
      .bits4x2, .uint1, .uint2, .uint3, .uint4, .uint5, .uint6, .uint7:
      .int(Int(load(pointer, UInt8.self)))
    }
  }

  private func load<T: BitwiseCopyable>(_ pointer: UnsafeRawPointer, _ type: T.Type) -> T {
    pointer.loadUnaligned(as: type)
  }

  private func bfloat16(_ pointer: UnsafeRawPointer) -> Float {
    Float(bitPattern: UInt32(load(pointer, UInt16.self)) << 16)
  }
}

/// The 8-bit floating-point formats (OCP OFP8 and MX specifications). The `fnuz` formats are those of Graphcore and
/// AMD: no infinities, no negative zero, one NaN.
enum Minifloat {
  private struct Format {
    let mantissaBits: Int
    let bias: Int
    let hasInfinity: Bool
    /// Whether 0x80 is the only NaN and there is no negative zero.
    let isFNUZ: Bool
  }

  static func decode(_ code: UInt8, _ dtype: DType) -> Double {
    let format: Format
    switch dtype {
    case .float8_e8m0fnu:
      return code == 0xff ? .nan : Double(sign: .plus, exponent: Int(code) - 127, significand: 1)
    case .float8_e5m2:
      format = Format(mantissaBits: 2, bias: 15, hasInfinity: true, isFNUZ: false)
    case .float8_e5m2fnuz:
      format = Format(mantissaBits: 2, bias: 16, hasInfinity: false, isFNUZ: true)
    case .float8_e4m3fnuz:
      format = Format(mantissaBits: 3, bias: 8, hasInfinity: false, isFNUZ: true)
    default: format = Format(mantissaBits: 3, bias: 7, hasInfinity: false, isFNUZ: false)
    }
    if format.isFNUZ, code == 0x80 { return .nan }
    let magnitude = Int(code & 0x7f)
    let mantissa = magnitude & (1 << format.mantissaBits - 1)
    let exponent = magnitude >> format.mantissaBits
    let sign = code >= 0x80 ? -1.0 : 1.0
    if format.hasInfinity, exponent == 0x1f { return mantissa == 0 ? sign * .infinity : .nan }
    if !format.hasInfinity, !format.isFNUZ, magnitude == 0x7f { return .nan }
    let scale = Double(sign: .plus, exponent: max(exponent, 1) - format.bias, significand: 1)
    let fraction = Double(mantissa) / Double(1 << format.mantissaBits)
    return sign * scale * (exponent == 0 ? fraction : 1 + fraction)
  }
}
