import PthBackbones

extension SameConv2d: ReferenceOperation {
  /// Patches that lie partly behind the end read 0 there, so only the padding in front is told.
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
