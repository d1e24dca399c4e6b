import PthBytes

extension Tensor {
  /// The values in another dtype, as in `Tensor.to(dtype)`: contiguous, and converted when the bytes are first read.
  /// The tensor itself if it already has the dtype.
  ///
  /// - Throws: ``TensorError/unsupported(_:)`` if ``ElementConversion`` cannot convert between the dtypes.
  package func cast(to target: DType) throws(TensorError) -> Tensor {
    if target == dtype { return self }
    let conversion = try ElementConversion(from: dtype, to: target)
    guard let size = target.byteCount(elements: elementCount) else {
      throw .overflow(shape: shape, strides: strides)
    }
    let source = self
    let storage = TensorStorage(key: storage.key, byteCount: size, device: storage.device) {
      try source.bytes(converted: conversion)
    }
    return try Tensor(storage: storage, dtype: target, shape: shape)
  }

  /// The elements in C order, converted; the source is read through a small window.
  ///
  /// - Parameter conversion: A conversion from the tensor's dtype.
  /// - Throws: the errors of ``read(at:into:)``.
  package func bytes(converted conversion: ElementConversion) throws -> Bytes {
    let (wide, narrow) = (dtype.itemSize, conversion.target.itemSize)
    let buffer = OwnedBuffer(count: elementCount * narrow)
    let window = OwnedBuffer(count: min(elementCount, 1 << 17) * wide)
    var done = 0
    while done < elementCount {
      let count = min(1 << 17, elementCount - done)
      let input = UnsafeMutableRawBufferPointer(rebasing: window.memory[..<(count * wide)])
      try read(at: done * wide, into: input)
      let output = buffer.memory[(done * narrow)..<((done + count) * narrow)]
      _ = conversion.convert(
        UnsafeRawBufferPointer(input), to: UnsafeMutableRawBufferPointer(rebasing: output))
      done += count
    }
    return Bytes(buffer)
  }
}

extension TensorStorage {
  /// The whole storage as a one-dimensional tensor.
  package func flatTensor(_ dtype: DType) throws(TensorError) -> Tensor {
    try Tensor(
      storage: self, dtype: dtype, shape: [byteCount / dtype.itemSize * dtype.elementsPerByte])
  }
}
