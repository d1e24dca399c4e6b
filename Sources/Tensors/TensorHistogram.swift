import PthBytes

/// The number of elements in each of 40 bins of equal width between the smallest and the largest element; NaN and
/// infinite elements are not counted.
package struct TensorHistogram: Sendable, Equatable {
  package static let binCount = 40

  package private(set) var counts = [Int](repeating: 0, count: binCount)

  /// - Parameter statistics: The statistics of the same tensor.
  /// - Returns: Nil for a tensor without finite real elements.
  /// - Throws: the errors of ``TensorElements/init(_:)``.
  package init?(_ tensor: Tensor, _ statistics: TensorStatistics) throws {
    guard let minimum = statistics.minimum, let maximum = statistics.maximum else { return nil }
    guard !tensor.dtype.isPacked else { throw TensorError.unsupported(tensor.dtype) }
    guard !tensor.exceedsExpansionLimit else { throw TensorError.expanded(tensor.shape) }
    let bins = Bins(from: minimum, to: maximum, count: Self.binCount)
    try tensor.storage.bytes().withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, tensor.elementCount > 0 else { return }
      switch tensor.dtype {
      // The most common dtypes, without a decoder call per element.
      case .float32: add(tensor, base, bins, Float.self) { Double($0) }
      case .float16: add(tensor, base, bins, Float16.self) { Double($0) }
      case .bfloat16:
        add(tensor, base, bins, UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
      default:
        let decoder = ElementDecoder(dtype: tensor.dtype)
        let itemSize = tensor.dtype.itemSize
        tensor.forEachRun { start, count, stride in
          for step in 0..<count {
            add(decoder.value(at: base + (start + step * stride) * itemSize).real, bins)
          }
        }
      }
    }
  }

  @inline(__always)
  private mutating func add(_ value: Double, _ bins: Bins) {
    guard value.isFinite else { return }
    counts[bins.index(of: value)] += 1
  }

  @inline(__always)
  private mutating func add<T: BitwiseCopyable>(
    _ tensor: Tensor, _ base: UnsafeRawPointer, _ bins: Bins, _ type: T.Type,
    _ convert: (T) -> Double
  ) {
    let size = MemoryLayout<T>.size
    tensor.forEachRun { start, count, stride in
      var pointer = base + start * size
      for _ in 0..<count {
        add(convert(pointer.loadUnaligned(as: T.self)), bins)
        pointer += stride * size
      }
    }
  }

  private struct Bins {
    let minimum: Double
    let scale: Double
    let last: Int

    init(from minimum: Double, to maximum: Double, count: Int) {
      self.minimum = minimum
      last = count - 1
      // The difference of two finite numbers may be infinite; then all elements are in the first bin.
      scale = maximum > minimum ? Double(count) / (maximum - minimum) : 0
    }

    @inline(__always)
    func index(of value: Double) -> Int {
      let place = (value - minimum) * scale
      return place < Double(last) ? max(Int(place), 0) : place.isNaN ? 0 : last
    }
  }
}
