import PthBytes

extension Tensor {
  /// Fills `buffer` with the bytes of ``contiguousBytes()`` from `offset` on, without building all of them: elements
  /// in C order, little-endian. A large tensor can so be read through a small window.
  ///
  /// - Parameters:
  ///   - offset: In bytes, a multiple of the element size.
  ///   - buffer: Room for whole elements, all of which must exist.
  /// - Throws: the errors of ``TensorStorage/bytes()``; ``TensorError/unsupported(_:)`` for a non-contiguous view of a
  ///   packed dtype.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    guard !buffer.isEmpty else { return }
    let source = try storage.bytes()
    if isContiguous {
      return try source.read(
        at: storageOffset * dtype.itemSize / dtype.elementsPerByte + offset, into: buffer)
    }
    guard dtype.elementsPerByte == 1 else { throw TensorError.unsupported(dtype) }
    source.withUnsafeBytes { source in
      let first = offset / dtype.itemSize
      switch dtype.itemSize {
      case 1: gather(source, from: first, into: buffer, as: UInt8.self)
      case 2: gather(source, from: first, into: buffer, as: UInt16.self)
      case 4: gather(source, from: first, into: buffer, as: UInt32.self)
      case 8: gather(source, from: first, into: buffer, as: UInt64.self)
      default: gather(source, from: first, into: buffer, as: SIMD2<UInt64>.self)
      }
    }
  }

  /// Copies elements in C order, beginning with the element at index `first`.
  private func gather<Element: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, from first: Int,
    into buffer: UnsafeMutableRawBufferPointer, as type: Element.Type
  ) {
    let size = dtype.itemSize
    var index = [Int](repeating: 0, count: shape.count)
    var position = storageOffset
    var rest = first
    for axis in shape.indices.reversed() {
      index[axis] = rest % shape[axis]
      rest /= shape[axis]
      position += index[axis] * strides[axis]
    }
    let last = shape.count - 1
    var written = 0
    let count = buffer.count / size
    while written < count {
      let run = min(shape[last] - index[last], count - written)
      for step in 0..<run {
        let element = source.loadUnaligned(
          fromByteOffset: (position + step * strides[last]) * size, as: Element.self)
        buffer.storeBytes(of: element, toByteOffset: (written + step) * size, as: Element.self)
      }
      written += run
      position -= index[last] * strides[last]
      index[last] = 0
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        position += strides[axis]
        if index[axis] < shape[axis] { break }
        position -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
