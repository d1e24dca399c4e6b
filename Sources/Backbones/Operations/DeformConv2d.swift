/// A deformable convolution, version 1 (offsets) or 2 (offsets and a mask), as
/// `torchvision.ops.deform_conv2d` and mmcv's `DCN` and `DCNv2` compute it.
///
/// The offsets have `2 × deformGroups × kernel area` channels: for each deformable group and each
/// kernel position, row-major, the vertical and then the horizontal displacement. The mask has
/// `deformGroups × kernel area` channels, already through a sigmoid. Both have the height and width
/// of the output. Samples between pixels are bilinear, those outside are 0.
package struct DeformConv2d: Sendable, Hashable {
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

  /// The convolution that mmcv puts in front (`conv_offset`): the same window, with bias, no
  /// groups, offsets first and masks after them.
  package var offsetConvolution: Conv2d {
    Conv2d(
      inChannels: convolution.inChannels, outChannels: offsetChannels + maskChannels,
      kernel: convolution.kernel, stride: convolution.stride, padding: convolution.padding,
      dilation: convolution.dilation, hasBias: true)
  }

  var fault: String? {
    if let fault = convolution.fault { return fault }
    if deformGroups < 1 || convolution.inChannels % deformGroups != 0 {
      return
        "\(convolution.inChannels) channels cannot be split into \(deformGroups) deformable groups"
    }
    return nil
  }
}
