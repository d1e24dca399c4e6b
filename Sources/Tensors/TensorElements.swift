import PthBytes

/// A tensor's elements in C order, decoded.
package struct TensorElements {
  package let tensor: Tensor
  private let decoder: ElementDecoder
  private let bytes: Bytes

  /// - Throws: the errors of ``TensorStorage/bytes()``; ``TensorError/unsupported(_:)`` for packed dtypes;
  ///   ``TensorError/expanded(_:)`` beyond the expansion limit.
  package init(_ tensor: Tensor) throws {
    guard !tensor.dtype.isPacked else { throw TensorError.unsupported(tensor.dtype) }
    guard !tensor.exceedsExpansionLimit else { throw TensorError.expanded(tensor.shape) }
    self.tensor = tensor
    decoder = ElementDecoder(dtype: tensor.dtype)
    bytes = try tensor.storage.bytes()
  }

  /// The element at a multi-index, which must be inside the shape.
  package subscript(index: [Int]) -> ElementValue {
    precondition(
      index.count == tensor.shape.count
        && zip(index, tensor.shape).allSatisfy { $0 >= 0 && $0 < $1 }, "index out of range")
    let position = zip(index, tensor.strides).reduce(tensor.storageOffset) { $0 + $1.0 * $1.1 }
    return bytes.withUnsafeBytes {
      decoder.value(at: $0.baseAddress! + position * tensor.dtype.itemSize)
    }
  }

  /// The first `limit` elements in C order.
  package func values(limit: Int = .max) -> [ElementValue] {
    var values: [ElementValue] = []
    let itemSize = tensor.dtype.itemSize
    bytes.withUnsafeBytes { buffer in
      tensor.forEachRun { start, count, stride in
        var step = 0
        while step < count, values.count < limit {
          values.append(
            decoder.value(at: buffer.baseAddress! + (start + step * stride) * itemSize))
          step += 1
        }
      }
    }
    return values
  }
}
