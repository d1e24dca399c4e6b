#if OneDNN
import PthBackbones

extension SameConv2d: OneDNNConvolution {
  var absorbs: Absorption { [.batchNorm, .addition, .relu] }
  var weightRole: StateRole { .convWeight }
  var biasRole: StateRole { .convBias }

  /// Only the padding in front is given; the padding behind follows from the output's size (`convolution.c`).
  func equivalent(input: [Int], output: [Int]) -> (layer: Conv2d, inputSize: Size2D) {
    let size = Size2D(input[2], input[3])
    let layer = Conv2d(
      inChannels: convolution.inChannels, outChannels: convolution.outChannels,
      kernel: convolution.kernel, stride: convolution.stride, padding: paddingBefore(size),
      dilation: convolution.dilation, groups: convolution.groups)
    return (layer, size)
  }
}
#endif
