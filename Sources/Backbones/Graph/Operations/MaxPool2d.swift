/// A `torch.nn.MaxPool2d`; padding elements are −∞.
///
/// Input: x.
package struct MaxPool2d: Pooling {
  package let kernel: Size2D
  package let stride: Size2D
  package let padding: Size2D
  package let ceilMode: Bool

  package init(kernel: Size2D, stride: Size2D, padding: Size2D = 0, ceilMode: Bool = false) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.ceilMode = ceilMode
  }

  package var label: String { "MaxPool2d" }
  package var nodeSuffix: String { "maxpool" }
  package var channelFlow: ChannelFlow { .channelwise }
  package var wording: String { "\(kernel.area) max pooling" }
}

extension ModuleBuilder {
  /// `nn.MaxPool2d`; `name` is the last component of the node's name.
  public func maxPool2d(
    _ x: Value, kernel: Size2D, stride: Size2D, padding: Size2D = 0, ceilMode: Bool = false,
    name: String? = nil
  ) -> Value {
    record(
      MaxPool2d(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode), [x],
      name: name)
  }
}
