/// `max(x, 0)`, element by element.
///
/// Input: x.
package struct ReLU: GraphOperation {
  package init() {}

  package var label: String { "ReLU" }
  package var nodeSuffix: String { "relu" }
  package var channelFlow: ChannelFlow { .channelwise }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try onlyInput(inputs)
  }
}

extension ModuleBuilder {
  /// `max(x, 0)`.
  public func relu(_ x: Value) -> Value { record(ReLU(), [x]) }
}
