/// The sum of two values, element by element.
///
/// Inputs: two of the same shape.
package struct Add: GraphOperation {
  package init() {}

  package var label: String { "add" }
  package var nodeSuffix: String { "add" }
  package var channelFlow: ChannelFlow { .channelwise }
  package var wording: String { "an addition" }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    guard inputs.count == 2, inputs[0].channels == inputs[1].channels else {
      throw ShapeFault(reason: "cannot add \(Self.channels(of: inputs)) channels")
    }
    guard inputs[0] == inputs[1] else {
      throw ShapeFault(reason: "\(label) needs inputs of one height and width")
    }
    return inputs[0]
  }
}

extension ModuleBuilder {
  /// Elementwise sum.
  public func add(_ x: Value, _ y: Value) -> Value { record(Add(), [x, y]) }
}
