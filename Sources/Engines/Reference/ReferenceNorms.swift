import PthBackbones

/// `torch.nn.BatchNorm2d` in inference:
/// `out = (in − running_mean) / √(running_var + eps) · weight + bias`, channel by channel.
struct ReferenceBatchNorm {
  let norm: BatchNorm2d
  let weight: Activation
  let bias: Activation
  let mean: Activation
  let variance: Activation

  func run(_ input: Activation, into output: Activation, threads: Int) {
    Parallel.forEach(input.planes, threads: threads) { index in
      let channel = index % norm.channels
      let scale = weight.values[channel] / (variance.values[channel] + norm.eps).squareRoot()
      let shift = bias.values[channel] - mean.values[channel] * scale
      let (source, target) = (input.plane(index), output.plane(index))
      for pixel in source.indices { target[pixel] = source[pixel] * scale + shift }
    }
  }
}

/// `torch.nn.GroupNorm`: `out = (in − mean) / √(var + eps) · weight + bias` with mean and biased
/// variance over the channels and pixels of a group in one image.
struct ReferenceGroupNorm {
  let norm: GroupNorm
  let weight: Activation
  let bias: Activation

  func run(_ input: Activation, into output: Activation, threads: Int) {
    let groupChannels = norm.channels / norm.groups
    let size = groupChannels * input.area
    Parallel.forEach(input.batch * norm.groups, threads: threads) { index in
      let source = UnsafeBufferPointer(rebasing: input.values[index * size..<(index + 1) * size])
      let target = UnsafeMutableBufferPointer(
        rebasing: output.values[index * size..<(index + 1) * size])
      var sum = 0.0
      for value in source { sum += value }
      let mean = sum / Double(size)
      var squares = 0.0
      for value in source { squares += (value - mean) * (value - mean) }
      let deviation = (squares / Double(size) + norm.eps).squareRoot()
      for element in source.indices {
        let channel = index % norm.groups * groupChannels + element / input.area
        target[element] =
          (source[element] - mean) / deviation * weight.values[channel] + bias.values[channel]
      }
    }
  }
}
