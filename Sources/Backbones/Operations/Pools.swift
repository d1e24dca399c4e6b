/// A `torch.nn.MaxPool2d`; the padding counts as −∞.
package struct MaxPool2d: Sendable, Hashable {
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
}

/// A `torch.nn.AvgPool2d`.
///
/// The sum over the window is divided by the window's elements inside of the padded input
/// (`countIncludePad`) or of the input itself. Where ceil mode lets a window reach past the padded
/// input, the part outside of it never counts.
package struct AvgPool2d: Sendable, Hashable {
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
}

/// What both poolings share.
package protocol Pooling {
  var kernel: Size2D { get }
  var stride: Size2D { get }
  var padding: Size2D { get }
  var ceilMode: Bool { get }
}

extension MaxPool2d: Pooling {}
extension AvgPool2d: Pooling {}

extension Pooling {
  /// PyTorch demands a padding of at most half the kernel.
  var fault: String? {
    let window = [kernel.height, kernel.width, stride.height, stride.width]
    guard window.allSatisfy((1...Limit.window).contains) else {
      return "kernel and stride must lie between 1 and \(Limit.window)"
    }
    if padding.height < 0 || padding.width < 0 || padding.height > kernel.height / 2
      || padding.width > kernel.width / 2
    {
      return "the padding must be at most half of the kernel"
    }
    return nil
  }

  func outputSize(_ size: Size2D) -> Size2D? {
    let vertical = Window(
      kernel: kernel.height, stride: stride.height, padding: padding.height, ceilMode: ceilMode)
    let horizontal = Window(
      kernel: kernel.width, stride: stride.width, padding: padding.width, ceilMode: ceilMode)
    guard let height = vertical.positions(over: size.height),
      let width = horizontal.positions(over: size.width)
    else { return nil }
    return Size2D(height, width)
  }
}
