/// A deformable convolution, version 1 (offsets) or 2 (offsets and a mask), as
/// `torchvision.ops.deform_conv2d` and mmcv's `DCN` and `DCNv2` compute it.
///
/// The offsets have `2 × deformGroups × kernel area` channels: for each deformable group and each
/// kernel position, row-major, the vertical and then the horizontal displacement. The mask has
/// `deformGroups × kernel area` channels, with the sigmoid already applied. Both have the height and width
/// of the output. Samples between pixels are interpolated bilinearly; pixels outside of the input are 0.
///
/// Inputs: x, offsets and, in version 2, the mask.
package struct DeformConv2d: GraphOperation {
  /// Channels, kernel, stride, padding, dilation, groups and bias of the convolution.
  package let convolution: Conv2d
  package let deformGroups: Int
  /// Version 2: there is a mask.
  package let isModulated: Bool

  package init(convolution: Conv2d, deformGroups: Int = 1, isModulated: Bool) {
    self.convolution = convolution
    self.deformGroups = deformGroups
    self.isModulated = isModulated
  }

  package var offsetChannels: Int {
    2 * deformGroups * convolution.kernel.height * convolution.kernel.width
  }

  package var maskChannels: Int {
    isModulated ? deformGroups * convolution.kernel.height * convolution.kernel.width : 0
  }

  /// The convolution that predicts offsets and masks (mmcv's `conv_offset`): same kernel, stride, padding and
  /// dilation, with bias, without groups. Its output has the offsets' channels first, then the masks'.
  package var offsetConvolution: Conv2d {
    Conv2d(
      inChannels: convolution.inChannels, outChannels: offsetChannels + maskChannels,
      kernel: convolution.kernel, stride: convolution.stride, padding: convolution.padding,
      dilation: convolution.dilation, hasBias: true)
  }

  package var fault: String? {
    if let fault = convolution.fault { return fault }
    if deformGroups < 1 || convolution.inChannels % deformGroups != 0 {
      return
        "\(convolution.inChannels) channels cannot be split into \(deformGroups) deformable groups"
    }
    return nil
  }

  package var label: String { isModulated ? "ModulatedDeformConv2d" : "DeformConv2d" }
  package var nodeSuffix: String { "deform_conv2d" }
  /// Of both versions; the offset predictor is a `Conv2d`.
  package var layerType: LayerType { .deformConv2d }
  package var stride: Size2D { convolution.stride }

  package var parameters: [ParameterDeclaration] {
    // mmcv's bound uses all input channels and ignores groups.
    let inputs = convolution.inChannels * convolution.kernel.height * convolution.kernel.width
    let bound = 1 / Double(inputs).squareRoot()
    let weight = ParameterDeclaration(
      .convWeight, "weight", convolution.weightShape,
      initializer: .uniform(from: -bound, to: bound))
    let bias = ParameterDeclaration(
      .convBias, "bias", [convolution.outChannels], initializer: .constant(0))
    return convolution.hasBias ? [weight, bias] : [weight]
  }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try expect(
      [convolution.inChannels, offsetChannels] + (isModulated ? [maskChannels] : []), of: inputs)
    let output = try slid(
      over: inputs[0], channels: convolution.outChannels, convolution.outputSize)
    guard inputs.dropFirst().allSatisfy({ $0.size == output.size }) else {
      throw ShapeFault(reason: "the offsets must have the height and width of the output")
    }
    return output
  }
}

extension LayerType {
  /// Deformable convolutions of both versions; their offset predictors are `conv2d`.
  public static let deformConv2d = LayerType(rawValue: "DeformConv2d")
}

extension InitializationRule {
  /// Sets the convolutions that predict offsets (mmcv's and detectron2's names) to 0.
  static let offsetPredictors = ["conv_offset", "conv2_offset"].map {
    InitializationRule(.named($0), weight: .constant(0))
  }
}

extension ModuleBuilder {
  /// mmcv's `DCN` (or, modulated, `DCNv2`): a convolution called `conv_offset` inside of the module
  /// predicts the offsets. If modulated, the sigmoid of the last third of its channels is the mask.
  ///
  /// - Parameter offsetBeside: the name of the offset convolution if it is the module's sibling and declared
  ///   before it, as in detectron2.
  public func deformConv2d(
    _ name: String, in inChannels: Int, out outChannels: Int, kernel: Size2D, stride: Size2D = 1,
    padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, deformGroups: Int = 1,
    modulated: Bool, offsetBeside: String? = nil
  ) -> Layer {
    let deform = DeformConv2d(
      convolution: Conv2d(
        inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride,
        padding: padding, dilation: dilation, groups: groups), deformGroups: deformGroups,
      isModulated: modulated)
    let fault = deform.fault
    func predictor(_ name: String, in scope: ModuleBuilder) -> Layer {
      scope.layer(name, deform.offsetConvolution)
    }
    let beside = fault == nil ? offsetBeside.map { predictor($0, in: self) } : nil
    let scope = child(
      name, .layer(deform), parameters: fault == nil ? deform.parameters : [], fault: fault)
    guard fault == nil else { return Layer { $0 } }
    let predict = beside ?? predictor("conv_offset", in: scope)
    return Layer { x in
      let prediction = predict(x)
      guard modulated else { return scope.apply(deform, to: [x, prediction]) }
      let offsets = scope.slice(prediction, start: 0, count: deform.offsetChannels)
      let mask = scope.sigmoid(
        scope.slice(prediction, start: deform.offsetChannels, count: deform.maskChannels))
      return scope.apply(deform, to: [x, offsets, mask])
    }
  }
}
