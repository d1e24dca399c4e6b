import Bytes

/// The smallest and largest finite element, and whether all are finite: what a quick look at the
/// weights needs.
public struct TensorRange: Sendable, Equatable {
  /// Nil if no element is finite.
  public let minimum: Double?
  public let maximum: Double?
  /// Whether no element is NaN or infinite.
  public let isFinite: Bool

  /// - Throws: as ``TensorElements/init(_:)``.
  /// - Complexity: O(elements); contiguous float32 at the speed of memory.
  public init(_ tensor: Tensor) throws {
    if tensor.dtype == .float32, tensor.isContiguous,
      let range = try Self.finiteFloats(tensor.contiguousBytes())
    {
      self = range
      return
    }
    let statistics = try TensorStatistics(tensor)
    minimum = statistics.minimum
    maximum = statistics.maximum
    isFinite = statistics.nanCount == 0 && statistics.infinityCount == 0
  }

  private init(minimum: Double, maximum: Double) {
    self.minimum = minimum
    self.maximum = maximum
    isFinite = true
  }

  /// Nil if an element is not finite, or there is none.
  private static func finiteFloats(_ bytes: Bytes) -> TensorRange? {
    let count = bytes.count / 4
    guard count > 0 else { return nil }
    return bytes.withUnsafeBytes { buffer in
      var (low, high) = (Float.infinity, -Float.infinity)
      var isFinite = true
      var lows = SIMD16<Float>(repeating: .infinity)
      var highs = -lows
      var bad = SIMD16<UInt32>()
      let blocks = count / 16
      for block in 0..<blocks {
        let values = buffer.loadUnaligned(fromByteOffset: block * 64, as: SIMD16<Float>.self)
        lows.replace(with: values, where: values .< lows)
        highs.replace(with: values, where: values .> highs)
        // All ones in the exponent: NaN or infinity.
        let exponents = unsafeBitCast(values, to: SIMD16<UInt32>.self) & 0x7f80_0000
        bad |= (exponents &+ 0x0080_0000) & 0x8000_0000
      }
      isFinite = bad == SIMD16<UInt32>()
      for lane in 0..<16 {
        low = min(low, lows[lane])
        high = max(high, highs[lane])
      }
      for index in blocks * 16..<count {
        let value = buffer.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        isFinite = isFinite && value.isFinite
        low = value < low ? value : low
        high = value > high ? value : high
      }
      return isFinite ? TensorRange(minimum: Double(low), maximum: Double(high)) : nil
    }
  }
}
