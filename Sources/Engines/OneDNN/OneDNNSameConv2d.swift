#if OneDNN
import PthBackbones

extension SameConv2d: OneDNNConvolution {
  var absorbs: Absorption { [.batchNorm, .addition, .relu] }
  var weightRole: StateRole { .convWeight }
  var biasRole: StateRole { .convBias }

  /// oneDNN pads behind the end by as much as the size of the output needs.
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
