import PthBytes

/// A strided view of a storage: PyTorch's tensor without autograd.
///
/// Element `[i, j, …]` is the storage's element `storageOffset + i·strides[0] + j·strides[1] + …`.
/// The initializer checks that every element lies inside the storage, so a `Tensor` can be read without further
/// checks.
public struct Tensor: Sendable {
  package let storage: TensorStorage
  /// Element type.
  public let dtype: DType
  /// Length of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  /// Distance, in elements, between neighbours along each dimension.
  package let strides: [Int]
  /// Index of the first element in the storage, in elements.
  package let storageOffset: Int
  /// Scale and zero point of a quantized tensor; nil for other tensors.
  package let quantizer: Quantizer?
  /// The number of elements: the product of the shape.
  package let elementCount: Int
  /// The tensor of which this one is a component, such as `a sparse_coo tensor of size 2 × 2`; nil for a tensor that
  /// is not a component.
  package var wholeTensor: String?
  /// Whether the state dict repeats this tensor's storage too often to write out all of its tensors.
  package internal(set) var isBeyondStateDictLimit = false

  /// Creates a checked view; strides and offset are in elements.
  ///
  /// - Throws: ``TensorError`` if shape and strides differ in length, a size, stride or offset is negative, a product
  ///   overflows, or an element would lie outside `storage`.
  package init(
    storage: TensorStorage, dtype: DType, shape: [Int], strides: [Int], storageOffset: Int = 0,
    quantizer: Quantizer? = nil
  ) throws(TensorError) {
    guard shape.count == strides.count else {
      throw .rankMismatch(shape: shape, strides: strides)
    }
    guard storageOffset >= 0 else { throw .negativeOffset(storageOffset) }
    var elements = 1
    var last = storageOffset
    var overflow = !Self.canBeWalked(shape, strides, storageOffset)
    var isEmpty = false
    for (size, stride) in zip(shape, strides) {
      guard size >= 0 else { throw .negativeSize(shape) }
      guard stride >= 0 else { throw .negativeStride(strides) }
      isEmpty = isEmpty || size == 0
    }
    for (size, stride) in zip(shape, strides) where !isEmpty {
      let product = elements.multipliedReportingOverflow(by: size)
      (elements, overflow) = (product.partialValue, overflow || product.overflow)
      last &+= stride &* (size - 1)
    }
    if isEmpty { elements = 0 }
    guard !overflow, dtype.byteCount(elements: elements) != nil else {
      throw .overflow(shape: shape, strides: strides)
    }
    if !isEmpty {
      guard last < Int.max, let needed = dtype.byteCount(elements: last + 1) else {
        throw .overflow(shape: shape, strides: strides)
      }
      guard needed <= storage.byteCount else {
        throw .outOfStorage(key: storage.key, needs: needed, has: storage.byteCount)
      }
    }
    self.storage = storage
    self.dtype = dtype
    self.shape = shape
    self.strides = strides
    self.storageOffset = storageOffset
    self.quantizer = quantizer
    self.elementCount = elements
  }

  /// Whether byte positions cannot overflow while elements are visited. Every loop steps once past the end of each
  /// dimension, and adds the stride even of a dimension of length 1.
  private static func canBeWalked(_ shape: [Int], _ strides: [Int], _ storageOffset: Int) -> Bool {
    var end = storageOffset
    // No loop visits an empty tensor.
    for (size, stride) in zip(shape, strides) where !shape.contains(0) {
      let reach = stride.multipliedReportingOverflow(by: size)
      let sum = end.addingReportingOverflow(reach.partialValue)
      guard !reach.overflow, !sum.overflow else { return false }
      end = sum.partialValue
    }
    let widestItem = 16
    return end < Int.max / widestItem / 2
  }

  /// Creates a contiguous (C order) tensor that begins at the start of `storage`.
  package init(storage: TensorStorage, dtype: DType, shape: [Int]) throws(TensorError) {
    guard let strides = Self.contiguousStrides(of: shape) else {
      throw .overflow(shape: shape, strides: [])
    }
    try self.init(storage: storage, dtype: dtype, shape: shape, strides: strides)
  }

  /// Bytes of the elements; an element that several indices reach counts each time.
  package var byteCount: Int { dtype.byteCount(elements: elementCount) ?? 0 }

  /// Whether the view repeats its storage so often that writing it out would take far more memory than the file has:
  /// an expanded tensor that was saved by mistake, or an attack.
  package var exceedsExpansionLimit: Bool {
    isBeyondStateDictLimit || byteCount / 64 > max(storage.byteCount, 1 << 20)
  }

  /// Offset of the first element in the file; nil if the storage is compressed, in memory or absent.
  package var fileOffset: Int? {
    guard let start = storage.fileOffset else { return nil }
    return start + storageOffset * dtype.itemSize / dtype.elementsPerByte
  }

  /// Whether the elements are adjacent in C order, as in PyTorch's `is_contiguous()`.
  package var isContiguous: Bool {
    if elementCount == 0 { return true }
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// Strides of a C-ordered tensor as PyTorch computes them: a dimension of length 0 counts as 1. Nil if they
  /// overflow.
  package static func contiguousStrides(of shape: [Int]) -> [Int]? {
    var strides = shape
    var next = 1
    for axis in shape.indices.reversed() {
      strides[axis] = next
      let (product, overflow) = next.multipliedReportingOverflow(by: max(shape[axis], 1))
      if overflow { return nil }
      next = product
    }
    return strides
  }

  /// The elements in C order, little-endian: a slice of the storage if the view is contiguous, otherwise a copy.
  ///
  /// - Throws: the errors of ``TensorStorage/bytes()``; ``TensorError/unsupported(_:)`` for a non-contiguous view of a
  ///   packed dtype; ``TensorError/expanded(_:)`` for a copy beyond the expansion limit.
  package func contiguousBytes() throws -> Bytes {
    let source = try storage.bytes()
    let itemSize = dtype.itemSize
    if isContiguous {
      let start = elementCount == 0 ? 0 : storageOffset * itemSize / dtype.elementsPerByte
      return try source.slice(at: start, count: byteCount)
    }
    guard dtype.elementsPerByte == 1 else { throw TensorError.unsupported(dtype) }
    guard !exceedsExpansionLimit else { throw TensorError.expanded(shape) }
    let buffer = OwnedBuffer(count: byteCount)
    source.withUnsafeBytes { source in
      var destination = 0
      forEachRun { start, count, stride in
        for step in 0..<count {
          let from = (start + step * stride) * itemSize
          buffer.memory.baseAddress!.advanced(by: destination)
            .copyMemory(from: source.baseAddress! + from, byteCount: itemSize)
          destination += itemSize
        }
      }
    }
    return Bytes(buffer)
  }

  /// Calls `body` in C order for every run along the last dimension, with the storage index of the run's first
  /// element, its length and its stride.
  func forEachRun(_ body: (_ start: Int, _ count: Int, _ stride: Int) throws -> Void) rethrows {
    guard elementCount > 0 else { return }
    guard let innermost = shape.last, let innerStride = strides.last else {
      return try body(storageOffset, 1, 1)
    }
    if isContiguous { return try body(storageOffset, elementCount, 1) }
    var index = [Int](repeating: 0, count: shape.count - 1)
    var start = storageOffset
    while true {
      try body(start, innermost, innerStride)
      var axis = index.count - 1
      while axis >= 0 {
        index[axis] += 1
        start += strides[axis]
        if index[axis] < shape[axis] { break }
        start -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

/// How a quantized tensor's integers represent real numbers: `(q − zeroPoint) · scale`.
package indirect enum Quantizer: Sendable {
  case perTensor(scale: Double, zeroPoint: Int)
  /// One scale and zero point per index along `axis`, given as one-dimensional tensors.
  case perChannel(scales: Tensor, zeroPoints: Tensor, axis: Int)
}
