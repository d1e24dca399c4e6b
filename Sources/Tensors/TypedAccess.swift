import PthBytes

/// A Swift type with the memory layout of a tensor's elements.
public protocol TensorElement: BitwiseCopyable {
  /// The tensor dtype with the same layout.
  static var dtype: DType { get }
}

extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
extension Float16: TensorElement { public static var dtype: DType { .float16 } }
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension UInt16: TensorElement { public static var dtype: DType { .uint16 } }
extension UInt32: TensorElement { public static var dtype: DType { .uint32 } }
extension UInt64: TensorElement { public static var dtype: DType { .uint64 } }

extension Tensor {
  /// Calls `body` with the elements in C order: directly in the mapped file if they are contiguous and aligned there,
  /// otherwise in a copy.
  ///
  /// - Throws: ``TensorError/wrongType(_:wanted:)`` if the tensor's dtype is not that of `type`; any error from
  ///   reading the file or from `body`.
  public func withElements<Element: TensorElement, Result>(
    of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) throws -> Result {
    guard dtype == Element.dtype else {
      throw TensorError.wrongType(dtype, wanted: Element.dtype)
    }
    let bytes = try contiguousBytes()
    let isAligned = Int(bitPattern: bytes.baseAddress) % MemoryLayout<Element>.alignment == 0
    guard isAligned else {
      // A safetensors file may begin its data at any offset.
      let copy = OwnedBuffer(count: bytes.count)
      bytes.withUnsafeBytes { copy.memory.copyMemory(from: $0) }
      defer { withExtendedLifetime(copy) {} }
      return try body(UnsafeBufferPointer(copy.memory.bindMemory(to: Element.self)))
    }
    return try bytes.withUnsafeBytes { buffer in
      try buffer.withMemoryRebound(to: Element.self) { try body($0) }
    }
  }

  /// The elements in C order. Floating-point elements are converted between precisions; float16 and bfloat16 become
  /// Float without loss.
  ///
  /// - Throws: ``TensorError/wrongType(_:wanted:)`` if the dtypes differ and are not both floating-point; any error
  ///   from reading the file.
  public func array<Element: TensorElement>(of type: Element.Type) throws -> [Element] {
    var tensor = self
    if dtype.isFloatingPoint, Element.dtype.isFloatingPoint { tensor = try cast(to: Element.dtype) }
    return try tensor.withElements(of: type) { Array($0) }
  }

  /// Creates a contiguous tensor with these elements in C order.
  ///
  /// - Throws: ``TensorError`` if the number of elements differs from the shape's.
  public init<Element: TensorElement>(
    _ elements: [Element], shape: [Int]
  ) throws(TensorError) {
    let bytes = elements.withUnsafeBytes { Bytes(Array($0)) }
    let storage = TensorStorage(key: "array", bytes: bytes)
    try self.init(storage: storage, dtype: Element.dtype, shape: shape)
    guard elementCount == elements.count else {
      throw .elementCount(elements.count, shape: shape)
    }
  }
}
