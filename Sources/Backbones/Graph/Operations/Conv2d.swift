/// The hyper-parameters of a `torch.nn.Conv2d` with zero padding.
///
/// Input: x.
package struct Conv2d: GraphOperation {
  package let inChannels: Int
  package let outChannels: Int
  package let kernel: Size2D
  package let stride: Size2D
  package let padding: Size2D
  package let dilation: Size2D
  package let groups: Int
  package let hasBias: Bool

  package init(
    inChannels: Int, outChannels: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, hasBias: Bool = false
  ) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
  }

  /// `[out, in / groups, kernel height, kernel width]`.
  package var weightShape: [Int] {
    [outChannels, inChannels / max(groups, 1), kernel.height, kernel.width]
  }

  /// Number of products that one output element sums: in / groups × kernel area.
  package var fanIn: Int { weightShape[1] * kernel.height * kernel.width }

  /// PyTorch's fan-out, which ignores groups: out × kernel area.
  package var fanOut: Int { outChannels * kernel.height * kernel.width }

  /// An error message about impossible hyper-parameters. The limits keep products of two or three of them
  /// far from overflow.
  package var fault: String? {
    let window = [
      kernel.height, kernel.width, stride.height, stride.width, dilation.height, dilation.width,
    ]
    let padding = [padding.height, padding.width]
    guard window.allSatisfy((1...Limit.window).contains),
      padding.allSatisfy((0...Limit.window).contains)
    else { return "kernel, stride and dilation must be from 1 to \(Limit.window), padding from 0" }
    guard [inChannels, outChannels, groups].allSatisfy((1...Limit.channels).contains) else {
      return "channels and groups must lie between 1 and \(Limit.channels)"
    }
    guard inChannels % groups == 0, outChannels % groups == 0 else {
      return "\(inChannels) and \(outChannels) channels cannot be split into \(groups) groups"
    }
    return nil
  }

  func outputSize(_ size: Size2D) -> Size2D? {
    let vertical = Window(
      kernel: kernel.height, stride: stride.height, padding: padding.height,
      dilation: dilation.height)
    let horizontal = Window(
      kernel: kernel.width, stride: stride.width, padding: padding.width, dilation: dilation.width)
    guard let height = vertical.positions(over: size.height),
      let width = horizontal.positions(over: size.width)
    else { return nil }
    return Size2D(height, width)
  }

  package var label: String { "Conv2d" }
  package var nodeSuffix: String { "conv2d" }
  package var channelFlow: ChannelFlow { groups > 1 ? .grouped(groups) : .mixed }
  package var layerType: LayerType { .conv2d }

  package var parameters: [ParameterDeclaration] {
    let weight = ParameterDeclaration(
      .convWeight, "weight", weightShape, initializer: .layerDefault)
    let bias = ParameterDeclaration(
      .convBias, "bias", [outChannels], initializer: .fanInUniform)
    return hasBias ? [weight, bias] : [weight]
  }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try expect([inChannels], of: inputs)
    return try slid(over: inputs[0], channels: outChannels, outputSize)
  }

  package var wording: String {
    "a \(kernel.area) convolution from \(inChannels) to \(outChannels) channels "
      + "(stride \(stride), groups \(groups))"
  }
}

extension LayerType {
  /// `nn.Conv2d`.
  public static let conv2d = LayerType(rawValue: "Conv2d")
}

extension StateRole {
  /// `[out, in / groups, kernel height, kernel width]`.
  package static let convWeight = StateRole(rawValue: "convWeight")
  package static let convBias = StateRole(rawValue: "convBias")
}

extension ModuleBuilder {
  /// An `nn.Conv2d` with zero padding; unlike PyTorch's, without bias by default.
  public func conv2d(
    _ name: String, in inChannels: Int, out outChannels: Int, kernel: Size2D, stride: Size2D = 1,
    padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, bias: Bool = false,
    stage: Stage? = nil
  ) -> Layer {
    layer(
      name,
      Conv2d(
        inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride,
        padding: padding, dilation: dilation, groups: groups, hasBias: bias), stage: stage)
  }
}
