/// The mean over height and width: `torch.nn.AdaptiveAvgPool2d(1)`.
///
/// Input: x. The output is `[batch, channels]`, or with `keepsSize` `[batch, channels, 1, 1]`.
package struct GlobalAvgPool: GraphOperation {
  package let keepsSize: Bool

  package init(keepsSize: Bool = false) { self.keepsSize = keepsSize }

  package var label: String { "AdaptiveAvgPool2d" }
  package var nodeSuffix: String { "avgpool" }
  package var channelFlow: ChannelFlow { .channelwise }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    let input = try onlyInput(inputs)
    guard input.rank == 4 else { throw ShapeFault(reason: "\(label) needs a height and a width") }
    return Shape(input.lengths[..<2] + (keepsSize ? [1, 1] : []))
  }
}

extension ModuleBuilder {
  /// The mean over height and width.
  ///
  /// - Parameter keepsSize: Whether the result is `[batch, channels, 1, 1]`, as from
  ///   `nn.AdaptiveAvgPool2d(1)`, and not flattened to `[batch, channels]`.
  public func globalAvgPool(
    _ x: Value, keepsSize: Bool = false, stage: Stage? = nil
  ) -> Value {
    record(GlobalAvgPool(keepsSize: keepsSize), [x], stage: stage)
  }
}
