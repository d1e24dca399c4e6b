/// `min(max(x, 0), 6)`, element by element.
///
/// Input: x.
package struct ReLU6: GraphOperation {
  package init() {}

  package var label: String { "ReLU6" }
  package var nodeSuffix: String { "relu6" }
  package var channelFlow: ChannelFlow { .channelwise }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try onlyInput(inputs)
  }
}

extension ModuleBuilder {
  /// `min(max(x, 0), 6)`.
  public func relu6(_ x: Value, stage: Stage? = nil) -> Value {
    record(ReLU6(), [x], stage: stage)
  }
}
