/// A `torch.nn.GELU`, element by element: `x · Φ(x)` with the normal distribution's Φ, or, with
/// `approximate='tanh'`, `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`.
///
/// Input: x.
package struct GELU: GraphOperation {
  package let approximatesWithTanh: Bool

  package init(approximatesWithTanh: Bool = false) {
    self.approximatesWithTanh = approximatesWithTanh
  }

  package var label: String { "GELU" }
  package var nodeSuffix: String { "gelu" }
  package var channelFlow: ChannelFlow { .channelwise }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try onlyInput(inputs)
  }
}

extension ModuleBuilder {
  /// `nn.GELU`.
  ///
  /// - Parameter approximatesWithTanh: PyTorch's `approximate='tanh'`.
  public func gelu(_ x: Value, approximatesWithTanh: Bool = false) -> Value {
    record(GELU(approximatesWithTanh: approximatesWithTanh), [x])
  }
}
