import CPthBoxMuller
import Glibc

extension Generator {
  /// Elements that PyTorch transforms at a time; tensors with fewer elements use another algorithm.
  private static let run = 16
  /// Elements that are drawn before they are transformed: a multiple of 16, small enough for the first-level
  /// cache.
  private static let chunk = 4096

  /// `tensor.normal_(mean, std)` for a contiguous float32 tensor (`torch.randn` with 0 and 1).
  ///
  /// - Throws: ``InitializationError/invalidStandardDeviation(_:)`` if `std` is negative or NaN.
  package mutating func fillNormal(
    _ values: UnsafeMutableBufferPointer<Float>, mean: Double = 0, std: Double = 1
  ) throws(InitializationError) {
    guard std >= 0 else { throw .invalidStandardDeviation(std) }
    guard values.count >= Self.run, let base = values.baseAddress else {
      for index in values.indices { values[index] = Float(pairedNormal(mean: mean, std: std)) }
      return
    }
    var start = 0
    while start < values.count {
      let part = UnsafeMutableBufferPointer(
        start: base + start, count: min(Self.chunk, values.count - start))
      fillStandardUniform(part)
      box_muller_fill(base + start, part.count / Self.run, Float(mean), Float(std))
      start += part.count
    }
    if values.count % Self.run != 0 {
      // As in PyTorch, the last 16 elements are drawn again, although some were already transformed.
      let tail = UnsafeMutableBufferPointer(rebasing: values.suffix(Self.run))
      fillStandardUniform(tail)
      box_muller_fill(tail.baseAddress, 1, Float(mean), Float(std))
    }
  }

  /// `tensor.normal_(mean, std)` for a contiguous float64 tensor.
  ///
  /// - Throws: ``InitializationError/invalidStandardDeviation(_:)`` if `std` is negative or NaN.
  package mutating func fillNormal(
    _ values: UnsafeMutableBufferPointer<Double>, mean: Double = 0, std: Double = 1
  ) throws(InitializationError) {
    guard std >= 0 else { throw .invalidStandardDeviation(std) }
    guard values.count >= Self.run else {
      for index in values.indices { values[index] = pairedNormal(mean: mean, std: std) }
      return
    }
    for index in values.indices { values[index] = standardUniform() }
    for start in stride(from: 0, through: values.count - Self.run, by: Self.run) {
      Self.transform(values, from: start, mean: mean, std: std)
    }
    if values.count % Self.run != 0 {
      let start = values.count - Self.run
      for index in start..<values.count { values[index] = standardUniform() }
      Self.transform(values, from: start, mean: mean, std: std)
    }
  }

  /// The Box–Muller transform of one run in double precision.
  private static func transform(
    _ values: UnsafeMutableBufferPointer<Double>, from start: Int, mean: Double, std: Double
  ) {
    for index in start..<(start + run / 2) {
      let radius = (-2 * log(1 - values[index])).squareRoot()
      let angle = 2 * Double.pi * values[index + run / 2]
      values[index] = mean.addingProduct(radius * cos(angle), std)
      values[index + run / 2] = mean.addingProduct(radius * sin(angle), std)
    }
  }

  /// One normal of the algorithm for tensors with fewer than 16 elements: drawn in pairs in double precision; the
  /// second is kept for the next call.
  private mutating func pairedNormal(mean: Double, std: Double) -> Double {
    if let cached = cachedNormal {
      cachedNormal = nil
      return mean.addingProduct(cached, std)
    }
    let angle = 2 * Double.pi * standardUniform()
    let radius = (-2 * log1p(-standardUniform())).squareRoot()
    cachedNormal = radius * sin(angle)
    return mean.addingProduct(radius * cos(angle), std)
  }
}
