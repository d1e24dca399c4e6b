import PthBackbones
import PthBytes
import PthTensors

extension Tensor {
  /// The tensor in the dtype and shape of a backbone's entry: the tensor itself if both are right, else a tensor
  /// whose values are converted at each reading.
  func fitted(to entry: StateEntry) throws(TensorError) -> Tensor {
    if dtype == entry.dtype, shape == entry.shape { return self }
    guard let byteCount = entry.dtype.byteCount(elements: elementCount) else {
      throw .overflow(shape: shape, strides: strides)
    }
    let (source, dtype) = (self, entry.dtype)
    let conversion = dtype == .float32 ? try ElementConversion(from: self.dtype, to: dtype) : nil
    let storage = TensorStorage(
      key: storage.key, byteCount: byteCount, device: storage.device, shard: storage.shard,
      keepsBytes: false
    ) {
      if let conversion { return try source.bytes(converted: conversion) }
      let buffer = OwnedBuffer(count: byteCount)
      try source.write(to: buffer.memory.bindMemory(to: Int64.self))
      return Bytes(buffer)
    }
    return try Tensor(storage: storage, dtype: dtype, shape: entry.shape)
  }

  /// Writes the elements as int64 in C order; used for a batch norm's counter.
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
}
