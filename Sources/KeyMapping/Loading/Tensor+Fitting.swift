import Backbones
import Bytes
import Tensors

extension Tensor {
  /// The tensor in the type and shape of a backbone's entry: itself if they are right, otherwise
  /// one whose values are converted when they are first read.
  func fitted(to entry: StateEntry) throws(TensorError) -> Tensor {
    if dtype == entry.dtype, shape == entry.shape { return self }
    guard let byteCount = entry.dtype.byteCount(elements: elementCount) else {
      throw .overflow(shape: shape, strides: strides)
    }
    let dtype = entry.dtype
    let storage = TensorStorage(
      key: storage.key, byteCount: byteCount, device: storage.device, shard: storage.shard
    ) {
      let buffer = OwnedBuffer(count: byteCount)
      if dtype == .float32 {
        try self.write(to: buffer.memory.bindMemory(to: Float.self))
      } else {
        try self.write(to: buffer.memory.bindMemory(to: Int64.self))
      }
      return Bytes(buffer)
    }
    return try Tensor(storage: storage, dtype: dtype, shape: entry.shape)
  }

  /// The elements as float32, rounded to nearest, in C order.
  private func write(to values: UnsafeMutableBufferPointer<Float>) throws {
    switch dtype {
    case .float16: try convert(to: values) { (element: Float16) in Float(element) }
    case .bfloat16:
      try convert(to: values) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float64: try convert(to: values) { (element: Double) in Float(element) }
    case .float32: try convert(to: values) { (element: Float) in element }
    default:
      for (index, value) in try TensorElements(self).values().enumerated() {
        values[index] = Float(value.real)
      }
    }
  }

  /// The elements as int64 in C order: a batch norm's counter.
  private func write(to values: UnsafeMutableBufferPointer<Int64>) throws {
    for (index, value) in try TensorElements(self).values().enumerated() {
      switch value {
      case .int(let integer): values[index] = Int64(integer)
      case .unsigned(let integer): values[index] = Int64(truncatingIfNeeded: integer)
      case .bool(let flag): values[index] = flag ? 1 : 0
      case .real(let number):
        guard let integer = Int64(exactly: number.rounded(.towardZero)) else {
          throw TensorError.unsupported(dtype)
        }
        values[index] = integer
      case .complex: throw TensorError.unsupported(dtype)
      }
    }
  }

  private func convert<Element: BitwiseCopyable>(
    to values: UnsafeMutableBufferPointer<Float>, _ body: (Element) -> Float
  ) throws {
    try contiguousBytes().withUnsafeBytes { bytes in
      for index in values.indices {
        values[index] = body(
          bytes.loadUnaligned(
            fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self))
      }
    }
  }
}
