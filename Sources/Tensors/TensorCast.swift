import Bytes

extension Tensor {
  /// The same values in another dtype, as `Tensor.to(dtype)`: contiguous, converted when the bytes
  /// are wanted. The tensor itself if it has that dtype.
  ///
  /// - Throws: ``TensorError/unsupported(_:)`` as ``ElementConversion/init(from:to:)``.
  public func cast(to target: DType) throws(TensorError) -> Tensor {
    if target == dtype { return self }
    let conversion = try ElementConversion(from: dtype, to: target)
    guard let size = target.byteCount(elements: elementCount) else {
      throw .overflow(shape: shape, strides: strides)
    }
    let source = self
    let storage = TensorStorage(key: storage.key, byteCount: size, device: storage.device) {
      let buffer = OwnedBuffer(count: size)
      try source.contiguousBytes().withUnsafeBytes {
        _ = conversion.convert($0, to: buffer.memory)
      }
      return Bytes(buffer)
    }
    return try Tensor(storage: storage, dtype: target, shape: shape)
  }
}

extension TensorStorage {
  /// All of the storage as a one-dimensional tensor.
  public func flatTensor(_ dtype: DType) throws(TensorError) -> Tensor {
    try Tensor(
      storage: self, dtype: dtype, shape: [byteCount / dtype.itemSize * dtype.elementsPerByte])
  }
}
