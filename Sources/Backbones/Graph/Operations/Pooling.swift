/// The hyper-parameters and shape rules that max and average pooling share.
package protocol Pooling: GraphOperation {
  var kernel: Size2D { get }
  var stride: Size2D { get }
  var padding: Size2D { get }
  var ceilMode: Bool { get }
}

extension Pooling {
  /// PyTorch requires a padding of at most half the kernel.
  package var fault: String? {
    let window = [kernel.height, kernel.width, stride.height, stride.width]
    guard window.allSatisfy((1...Limit.window).contains) else {
      return "kernel and stride must be from 1 to \(Limit.window)"
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

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    let input = try onlyInput(inputs)
    return try slid(over: input, channels: input.channels, outputSize)
  }
}
