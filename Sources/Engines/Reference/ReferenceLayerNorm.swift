import PthBackbones

extension LayerNorm: ReferenceOperation {
  /// `out = (in − mean) / √(var + eps) · weight + bias` with mean and biased variance over the
  /// normalised axes.
  func compute(_ call: ReferenceCall) throws {
    let weight = try call.parameter(.normWeight)
    let bias = try call.parameter(.normBias)
    let (source, target) = (call.x.values, call.output.values)
    let size = shape.reduce(1, *)
    // Elements that are normalised together are adjacent, or (over channels) one plane of pixels apart.
    let step = axes == .channels ? call.x.area : 1
    Parallel.forEach(source.count / size, threads: call.threads) { index in
      let start = index / step * step * size + index % step
      var sum = 0.0
      for element in 0..<size { sum += source[start + element * step] }
      let mean = sum / Double(size)
      var squares = 0.0
      for element in 0..<size {
        let difference = source[start + element * step] - mean
        squares += difference * difference
      }
      let deviation = (squares / Double(size) + eps).squareRoot()
      for element in 0..<size {
        target[start + element * step] =
          (source[start + element * step] - mean) / deviation * weight.values[element]
          + bias.values[element]
      }
    }
  }
}
