/// `1 / (1 + e⁻ˣ)`, element by element.
///
/// Input: x.
package struct Sigmoid: GraphOperation {
  package init() {}

  package var label: String { "Sigmoid" }
  package var nodeSuffix: String { "sigmoid" }
  package var channelFlow: ChannelFlow { .channelwise }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try onlyInput(inputs)
  }
}

extension ModuleBuilder {
  /// `1 / (1 + e⁻ˣ)`.
  public func sigmoid(_ x: Value) -> Value { record(Sigmoid(), [x]) }
}
