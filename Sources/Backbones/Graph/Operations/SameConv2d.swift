/// A convolution with TensorFlow's padding `SAME`: as many zeros as make the output ⌈length / stride⌉ long.
///
/// Half of the zeros are put in front, the other half and an odd one behind. The padding therefore depends on
/// the input's size.
///
/// Input: x.
package struct SameConv2d: GraphOperation {
  /// The convolution, with padding 0.
  package let convolution: Conv2d

  package init(_ convolution: Conv2d) { self.convolution = convolution }

  package var label: String { "Conv2d" }
  package var nodeSuffix: String { "conv2d" }
  package var channelFlow: ChannelFlow { convolution.channelFlow }
  package var layerType: LayerType { .conv2d }
  package var parameters: [ParameterDeclaration] { convolution.parameters }
  package var fault: String? { convolution.fault }
  package var stride: Size2D { convolution.stride }
  package var wording: String { "\(convolution.wording) padded as in TensorFlow" }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try expect([convolution.inChannels], of: inputs)
    return try slid(over: inputs[0], channels: convolution.outChannels) { size in
      Size2D(
        Self.positions(size.height, convolution.stride.height),
        Self.positions(size.width, convolution.stride.width))
    }
  }

  /// Zeros in front of the first row and column of an input of that size.
  package func paddingBefore(_ size: Size2D) -> Size2D {
    Size2D(
      Self.padding(
        size.height, convolution.kernel.height, convolution.stride.height,
        convolution.dilation.height) / 2,
      Self.padding(
        size.width, convolution.kernel.width, convolution.stride.width,
        convolution.dilation.width) / 2)
  }

  private static func positions(_ length: Int, _ stride: Int) -> Int {
    (length - 1) / stride + 1
  }

  /// The number of padding zeros along one axis. No product overflows, since hyper-parameters and lengths are
  /// bounded.
  private static func padding(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
    max(0, (positions(length, stride) - 1) * stride + (kernel - 1) * dilation + 1 - length)
  }
}

extension ModuleBuilder {
  /// An `nn.Conv2d` with TensorFlow's padding `SAME` (timm's `Conv2dSame`).
  public func sameConv2d(
    _ name: String, in inChannels: Int, out outChannels: Int, kernel: Size2D, stride: Size2D = 1,
    groups: Int = 1, bias: Bool = false, stage: Stage? = nil
  ) -> Layer {
    layer(
      name,
      SameConv2d(
        Conv2d(
          inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride,
          groups: groups, hasBias: bias)), stage: stage)
  }
}
