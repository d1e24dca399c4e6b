import PthTensors

extension Tensor {
  /// How much of `[batch, channels, height, width]` is variation within its channels: the L2 norm
  /// without each channel's mean, by that of the whole. Nil for what is no image, or a single pixel.
  ///
  /// - Throws: what reading the elements throws.
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
