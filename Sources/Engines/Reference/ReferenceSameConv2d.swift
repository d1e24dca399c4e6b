import PthBackbones

extension SameConv2d: ReferenceOperation {
  /// Only the padding in front is passed on: patches read 0 behind the end anyway, and the output's size is fixed.
  func compute(_ call: ReferenceCall) throws {
    let padded = Conv2d(
      inChannels: convolution.inChannels, outChannels: convolution.outChannels,
      kernel: convolution.kernel, stride: convolution.stride,
      padding: paddingBefore(call.x.size), dilation: convolution.dilation,
      groups: convolution.groups, hasBias: convolution.hasBias)
    try call.convolve(
      padded, ConvolutionPatches(conv: padded, input: call.x, output: call.output.size))
  }
}
