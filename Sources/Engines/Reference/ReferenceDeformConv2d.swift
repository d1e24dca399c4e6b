import Glibc
import PthBackbones

extension DeformConv2d: ReferenceOperation {
  func compute(_ call: ReferenceCall) throws {
    let patches = DeformablePatches(
      deform: self, input: call.x, offsets: call.inputs[1],
      mask: isModulated ? call.inputs[2] : nil, output: call.output.size)
    try call.convolve(convolution, patches)
  }
}

/// The patches of `torchvision.ops.deform_conv2d`:
///
/// `patch[y, x; c, i, j] = mask · sample(in[c], y·stride + i·dilation − padding + Δy,
///                                       x·stride + j·dilation − padding + Δx)`
///
/// with the displacement (and, in version 2, the mask) of the deformable group of channel c at
/// kernel position (i, j) and pixel (y, x).
struct DeformablePatches: PatchSource {
  let deform: DeformConv2d
  let input: Activation
  let offsets: Activation
  let mask: Activation?
  /// Height and width of the output.
  let output: Size2D

  func fill(_ patches: PanelMatrix.Panel, image: Int, group: Int, pixel: Int) {
    let conv = deform.convolution
    let positions = conv.kernel.height * conv.kernel.width
    let groupChannels = conv.inChannels / conv.groups
    let deformChannels = conv.inChannels / deform.deformGroups
    let pixels = output.height * output.width
    for channel in 0..<groupChannels {
      let source = group * groupChannels + channel
      let plane = input.plane(image * conv.inChannels + source)
      for position in 0..<positions {
        let (i, j) = (position / conv.kernel.width, position % conv.kernel.width)
        let entry = source / deformChannels * positions + position
        let vertical = offsets.plane(image * offsets.channels + 2 * entry)
        let horizontal = offsets.plane(image * offsets.channels + 2 * entry + 1)
        let factors = mask.map { $0.plane(image * $0.channels + entry) }
        var vector = SIMD4<Double>.zero
        for lane in 0..<4 where pixel + lane < pixels {
          let target = pixel + lane
          let (y, x) = (target / output.width, target % output.width)
          let row = y * conv.stride.height + i * conv.dilation.height - conv.padding.height
          let column = x * conv.stride.width + j * conv.dilation.width - conv.padding.width
          vector[lane] =
            (factors?[target] ?? 1)
            * sample(plane, Double(row) + vertical[target], Double(column) + horizontal[target])
        }
        patches[channel * positions + position] = vector
      }
    }
  }

  /// Bilinear interpolation between the four pixels around (y, x); pixels outside of the image are 0.
  private func sample(
    _ plane: UnsafeMutableBufferPointer<Double>, _ y: Double, _ x: Double
  ) -> Double {
    if y.isNaN || x.isNaN { return .nan }
    guard y > -1, x > -1, y < Double(input.height), x < Double(input.width) else { return 0 }
    let (top, left) = (Int(floor(y)), Int(floor(x)))
    func pixel(_ row: Int, _ column: Int) -> Double {
      guard row >= 0, row < input.height, column >= 0, column < input.width else { return 0 }
      return plane[row * input.width + column]
    }
    let (down, right) = (y - floor(y), x - floor(x))
    return (1 - down) * (1 - right) * pixel(top, left)
      + (1 - down) * right * pixel(top, left + 1)
      + down * (1 - right) * pixel(top + 1, left)
      + down * right * pixel(top + 1, left + 1)
  }
}
