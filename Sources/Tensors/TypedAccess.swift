import PthBytes

/// A Swift type whose values are a tensor's elements as they lie in memory.
public protocol TensorElement: BitwiseCopyable {
  /// The tensor's type that it stands for.
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
  /// Calls `body` with the elements in C order: where they lie in the mapped file, if they do so one
  /// after another, else copied.
  ///
  /// - Throws: ``TensorError/wrongType(_:wanted:)`` for a tensor of another type than `type`; what
  ///   reading the file and `body` throw.
  public func withElements<Element: TensorElement, Result>(
    of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) throws -> Result {
    guard dtype == Element.dtype else {
      throw TensorError.wrongType(dtype, wanted: Element.dtype)
    }
    let bytes = try contiguousBytes()
    let isAligned = Int(bitPattern: bytes.baseAddress) % MemoryLayout<Element>.alignment == 0
    guard isAligned else {
      // A safetensors file may begin its data anywhere.
      let copy = OwnedBuffer(count: bytes.count)
      bytes.withUnsafeBytes { copy.memory.copyMemory(from: $0) }
      defer { withExtendedLifetime(copy) {} }
      return try body(UnsafeBufferPointer(copy.memory.bindMemory(to: Element.self)))
    }
    return try bytes.withUnsafeBytes { buffer in
      try buffer.withMemoryRebound(to: Element.self) { try body($0) }
    }
  }

  /// The elements in C order. Floating-point numbers of another precision are converted: those of a
  /// float16 or bfloat16 file become Float without a loss.
  ///
  /// - Throws: ``TensorError/wrongType(_:wanted:)`` if one of both types has no fractions; what
  ///   reading the file throws.
  public func array<Element: TensorElement>(of type: Element.Type) throws -> [Element] {
    var tensor = self
    if dtype.isFloatingPoint, Element.dtype.isFloatingPoint { tensor = try cast(to: Element.dtype) }
    return try tensor.withElements(of: type) { Array($0) }
  }

  /// A tensor with these elements in C order.
  ///
  /// - Throws: ``TensorError`` unless there are as many as the shape says.
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
