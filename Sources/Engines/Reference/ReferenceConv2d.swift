import PthBackbones

extension Conv2d: ReferenceOperation {
  func compute(_ call: ReferenceCall) throws {
    try call.convolve(
      self, ConvolutionPatches(conv: self, input: call.x, output: call.output.size))
  }
}

extension ReferenceCall {
  /// Computes the products of patches with the node's weights, plus its bias.
  func convolve(_ conv: Conv2d, _ patches: some PatchSource) throws {
    let weight = try parameter(.convWeight)
    let bias = conv.hasBias ? try parameter(.convBias) : nil
    PatchConvolution(conv: conv, weight: weight, bias: bias, threads: threads)
      .run(patches, into: output)
  }
}

/// The patches of `torch.nn.functional.conv2d`:
///
/// `patch[y, x; c, i, j] = in[c, y·stride + i·dilation − padding, x·stride + j·dilation − padding]`,
/// and 0 outside of the image.
struct ConvolutionPatches: PatchSource {
  let conv: Conv2d
  let input: Activation
  /// Height and width of the output.
  let output: Size2D

  func fill(_ patches: PanelMatrix.Panel, image: Int, group: Int, pixel: Int) {
    let positions = conv.kernel.height * conv.kernel.width
    let groupChannels = conv.inChannels / conv.groups
    // For each kernel position the offset in a plane for each of the four pixels; −1 outside of the image.
    withUnsafeTemporaryAllocation(of: SIMD4<Int>.self, capacity: positions) { offsets in
      for position in 0..<positions {
        let (i, j) = (position / conv.kernel.width, position % conv.kernel.width)
        var offset = SIMD4<Int>(repeating: -1)
        for lane in 0..<4 where pixel + lane < output.height * output.width {
          let (y, x) = ((pixel + lane) / output.width, (pixel + lane) % output.width)
          let row = y * conv.stride.height + i * conv.dilation.height - conv.padding.height
          let column = x * conv.stride.width + j * conv.dilation.width - conv.padding.width
          if row >= 0, row < input.height, column >= 0, column < input.width {
            offset[lane] = row * input.width + column
          }
        }
        offsets.initializeElement(at: position, to: offset)
      }
      for channel in 0..<groupChannels {
        let plane = input.plane(
          image * conv.inChannels + group * groupChannels + channel)
        for position in 0..<positions {
          let offset = offsets[position]
          var vector = SIMD4<Double>.zero
          for lane in 0..<4 where offset[lane] >= 0 { vector[lane] = plane[offset[lane]] }
          patches[channel * positions + position] = vector
        }
      }
    }
  }
}
