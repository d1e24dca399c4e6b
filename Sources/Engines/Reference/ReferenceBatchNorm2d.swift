import PthBackbones

extension BatchNorm2d: ReferenceOperation {
  /// `out = (in − running_mean) / √(running_var + eps) · weight + bias`, channel by channel.
  func compute(_ call: ReferenceCall) throws {
    let weight = try call.parameter(.normWeight)
    let bias = try call.parameter(.normBias)
    let mean = try call.parameter(.runningMean)
    let variance = try call.parameter(.runningVar)
    let (input, output) = (call.x, call.output)
    Parallel.forEach(input.planes, threads: call.threads) { index in
      let channel = index % channels
      let scale = weight.values[channel] / (variance.values[channel] + eps).squareRoot()
      let shift = bias.values[channel] - mean.values[channel] * scale
      let (source, target) = (input.plane(index), output.plane(index))
      for pixel in source.indices { target[pixel] = source[pixel] * scale + shift }
    }
  }
}
