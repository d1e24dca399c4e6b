/// A `torch.nn.AvgPool2d`.
///
/// The sum over the window is divided by the number of its elements inside of the padded input
/// (`countIncludePad`) or of the unpadded input. In ceil mode a window may reach past the padded input; elements
/// there are never counted.
///
/// Input: x.
package struct AvgPool2d: Pooling {
  package let kernel: Size2D
  package let stride: Size2D
  package let padding: Size2D
  package let ceilMode: Bool
  package let countIncludePad: Bool

  package init(
    kernel: Size2D, stride: Size2D, padding: Size2D = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }

  package var label: String { "AvgPool2d" }
  package var nodeSuffix: String { "avgpool" }
  package var channelFlow: ChannelFlow { .channelwise }
  package var wording: String { "\(kernel.area) average pooling" }
}

extension ModuleBuilder {
  /// `nn.AvgPool2d`; `name` is the last component of the node's name.
  public func avgPool2d(
    _ x: Value, kernel: Size2D, stride: Size2D, padding: Size2D = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, name: String? = nil
  ) -> Value {
    record(
      AvgPool2d(
        kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
        countIncludePad: countIncludePad), [x], name: name)
  }
}
