import PthTensors

extension Tensor {
  /// The share of a `[batch, channels, height, width]` tensor's L2 norm that is variation within its channels.
  ///
  /// The L2 norm after subtracting each channel's mean over batch and positions, divided by the L2 norm before. Nil
  /// for another rank, for a single pixel, without elements, and if all elements are 0.
  ///
  /// - Throws: The error of reading the elements.
  func variationShare() throws -> Double? {
    guard shape.count == 4, case let pixels = shape[2] * shape[3], pixels > 1, elementCount > 0
    else { return nil }
    let values = try doubles()
    var total = 0.0
    var varying = 0.0
    for channel in 0..<shape[1] {
      let starts = (0..<shape[0]).map { ($0 * shape[1] + channel) * pixels }
      let own = starts.flatMap { values[$0..<$0 + pixels] }
      let mean = own.reduce(0, +) / Double(own.count)
      for value in own {
        total += value * value
        varying += (value - mean) * (value - mean)
      }
    }
    return total > 0 ? (varying / total).squareRoot() : nil
  }
}
