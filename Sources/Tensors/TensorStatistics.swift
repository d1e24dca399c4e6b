import PthBytes

/// Minimum, maximum, mean, standard deviation and the number of NaN and infinite elements.
///
/// NaN and infinite elements only increase their counts. The standard deviation is `torch.std`'s (divided by N − 1;
/// nil for a single element). Sums are accumulated in blocks, in double precision. Complex tensors have only counts;
/// quantized tensors are evaluated as their integers.
package struct TensorStatistics: Sendable, Equatable {
  package private(set) var minimum: Double?
  package private(set) var maximum: Double?
  package private(set) var mean: Double?
  package private(set) var standardDeviation: Double?
  package private(set) var nanCount = 0
  package private(set) var infinityCount = 0
  /// The smallest and the largest element, infinite ones included; nil if all elements are NaN or complex.
  package private(set) var extremes: ClosedRange<Double>?

  /// - Throws: the errors of ``TensorElements/init(_:)``.
  package init(_ tensor: Tensor) throws {
    guard !tensor.dtype.isPacked else { throw TensorError.unsupported(tensor.dtype) }
    guard !tensor.exceedsExpansionLimit else { throw TensorError.expanded(tensor.shape) }
    let bytes = try tensor.storage.bytes()
    var sums = Sums()
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, tensor.elementCount > 0 else { return }
      switch tensor.dtype {
      // The most common dtypes, without a decoder call per element.
      case .float32: Self.add(tensor, base, Float.self, to: &sums) { Double($0) }
      case .float16: Self.add(tensor, base, Float16.self, to: &sums) { Double($0) }
      case .bfloat16:
        Self.add(tensor, base, UInt16.self, to: &sums) {
          Double(Float(bitPattern: UInt32($0) << 16))
        }
      case .float64: Self.add(tensor, base, Double.self, to: &sums) { $0 }
      case .int64: Self.add(tensor, base, Int.self, to: &sums) { Double($0) }
      default:
        let decoder = ElementDecoder(dtype: tensor.dtype)
        let itemSize = tensor.dtype.itemSize
        tensor.forEachRun { start, count, stride in
          for step in 0..<count {
            let value = decoder.value(at: base + (start + step * stride) * itemSize)
            if case .complex(let real, let imaginary) = value {
              sums.count(
                nan: real.isNaN || imaginary.isNaN, real.isInfinite || imaginary.isInfinite)
            } else {
              sums.add(value.real)
            }
          }
        }
      }
    }
    (nanCount, infinityCount) = (sums.nanCount, sums.infinityCount)
    let lowest = sums.hasNegativeInfinity ? -.infinity : sums.minimum
    let highest = sums.hasPositiveInfinity ? .infinity : sums.maximum
    if sums.hasPositiveInfinity || sums.hasNegativeInfinity || sums.finiteCount > 0 {
      extremes = lowest...highest
    }
    guard sums.finiteCount > 0 else { return }
    (minimum, maximum) = (sums.minimum, sums.maximum)
    sums.closeBlock()
    mean = sums.mean
    if sums.finiteCount > 1 {
      standardDeviation = (sums.squares / Double(sums.finiteCount - 1)).squareRoot()
    }
  }

  @inline(__always)
  private static func add<T: BitwiseCopyable>(
    _ tensor: Tensor, _ base: UnsafeRawPointer, _ type: T.Type, to sums: inout Sums,
    _ convert: (T) -> Double
  ) {
    tensor.forEachRun { start, count, stride in
      let size = MemoryLayout<T>.size
      var pointer = base + start * size
      for _ in 0..<count {
        sums.add(convert(pointer.loadUnaligned(as: T.self)))
        pointer += stride * size
      }
    }
  }

  /// Sums within a block are relative to the block's first element, which keeps cancellation small; blocks are merged
  /// with Chan's formula.
  private struct Sums {
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var mean = 0.0
    var squares = 0.0
    var nanCount = 0
    var infinityCount = 0
    var hasNegativeInfinity = false
    var hasPositiveInfinity = false
    var finiteCount: Int { mergedCount + blockCount }

    private var mergedCount = 0
    private var blockCount = 0
    private var shift = 0.0
    private var blockSum = 0.0
    private var blockSquares = 0.0
    private static let blockSize = 4096

    @inline(__always)
    mutating func add(_ value: Double) {
      guard value.isFinite else {
        hasNegativeInfinity = hasNegativeInfinity || value == -.infinity
        hasPositiveInfinity = hasPositiveInfinity || value == .infinity
        return count(nan: value.isNaN, value.isInfinite)
      }
      if blockCount == 0 { shift = value }
      minimum = value < minimum ? value : minimum
      maximum = value > maximum ? value : maximum
      let distance = value - shift
      blockSum += distance
      blockSquares += distance * distance
      blockCount += 1
      if blockCount == Self.blockSize { closeBlock() }
    }

    mutating func count(nan: Bool, _ infinite: Bool) {
      if nan { nanCount += 1 } else if infinite { infinityCount += 1 }
    }

    mutating func closeBlock() {
      guard blockCount > 0 else { return }
      let count = Double(blockCount)
      let blockMean = shift + blockSum / count
      let spread = max(0, blockSquares - blockSum * blockSum / count)
      let total = Double(mergedCount) + count
      let difference = blockMean - mean
      squares += spread + difference * difference * Double(mergedCount) * count / total
      mean += difference * count / total
      mergedCount += blockCount
      (blockCount, blockSum, blockSquares) = (0, 0, 0)
    }
  }
}
