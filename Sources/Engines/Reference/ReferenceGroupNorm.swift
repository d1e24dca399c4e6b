import PthBackbones

extension GroupNorm: ReferenceOperation {
  /// `out = (in − mean) / √(var + eps) · weight + bias` with mean and biased variance over the
  /// channels and pixels of a group in one image.
  func compute(_ call: ReferenceCall) throws {
    let weight = try call.parameter(.normWeight)
    let bias = try call.parameter(.normBias)
    let (input, output) = (call.x, call.output)
    let groupChannels = channels / groups
    let size = groupChannels * input.area
    Parallel.forEach(input.batch * groups, threads: call.threads) { index in
      let source = UnsafeBufferPointer(rebasing: input.values[index * size..<(index + 1) * size])
      let target = UnsafeMutableBufferPointer(
        rebasing: output.values[index * size..<(index + 1) * size])
      var sum = 0.0
      for value in source { sum += value }
      let mean = sum / Double(size)
      var squares = 0.0
      for value in source { squares += (value - mean) * (value - mean) }
      let deviation = (squares / Double(size) + eps).squareRoot()
      for element in source.indices {
        let channel = index % groups * groupChannels + element / input.area
        target[element] =
          (source[element] - mean) / deviation * weight.values[channel] + bias.values[channel]
      }
    }
  }
}
