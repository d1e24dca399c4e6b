import PthBytes
import PthTensors

/// A numpy dtype that PyTorch also has, with its byte order, parsed from a string such as `<f4`.
struct NumpyDType {
  let dtype: DType
  let isBigEndian: Bool

  private static let codes: [String: DType] = [
    "f8": .float64, "f4": .float32, "f2": .float16, "c8": .complex64, "c16": .complex128,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool, "?": .bool,
  ]

  /// numpy's little-endian descriptor of a dtype, such as `<f4`; nil if numpy does not have the dtype.
  static func descriptor(_ dtype: DType) -> String? {
    guard let code = codes.first(where: { $0.value == dtype && $0.key != "?" })?.key else {
      return nil
    }
    return (dtype.itemSize == 1 ? "|" : "<") + code
  }

  /// Nil if PyTorch does not have the dtype.
  init?(_ descriptor: String) {
    let order = descriptor.first.flatMap { "<>|=".contains($0) ? $0 : nil }
    guard let dtype = Self.codes[String(descriptor.dropFirst(order == nil ? 0 : 1))] else {
      return nil
    }
    self.dtype = dtype
    isBigEndian = order == ">" && dtype.byteSwapUnit > 1
  }

  /// A tensor over an array's bytes, in C or Fortran order; big-endian bytes are swapped on first use.
  func tensor(key: String, bytes: Bytes, shape: [Int], isFortran: Bool, fileOffset: Int?) throws
    -> Tensor
  {
    let storage =
      isBigEndian
      ? TensorStorage(
        key: key, byteCount: bytes.count, fileOffset: fileOffset,
        load: { byteSwapped(bytes, unit: dtype.byteSwapUnit) })
      : TensorStorage(key: key, bytes: bytes, fileOffset: fileOffset)
    guard isFortran else { return try Tensor(storage: storage, dtype: dtype, shape: shape) }
    guard let strides = Tensor.contiguousStrides(of: shape.reversed()) else {
      throw TensorError.overflow(shape: shape, strides: [])
    }
    return try Tensor(
      storage: storage, dtype: dtype, shape: shape, strides: strides.reversed())
  }
}

/// A copy in which each group of `unit` bytes is reversed.
func byteSwapped(_ bytes: Bytes, unit: Int) -> Bytes {
  let result = OwnedBuffer(count: bytes.count)
  bytes.withUnsafeBytes { source in
    result.memory.copyMemory(from: source)
    guard unit > 1 else { return }
    for start in stride(from: 0, through: source.count - unit, by: unit) {
      for index in 0..<unit { result.memory[start + index] = source[start + unit - 1 - index] }
    }
  }
  return Bytes(result)
}
