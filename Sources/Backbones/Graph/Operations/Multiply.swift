/// The product of two values, element by element, with PyTorch's broadcasting: shapes are aligned at their
/// last axes, and an axis of length 1 is repeated to the other shape's length.
///
/// Inputs: two; in squeeze-and-excitation `[batch, channels, height, width]` and `[batch, channels, 1, 1]`.
package struct Multiply: GraphOperation {
  package init() {}

  package var label: String { "mul" }
  package var nodeSuffix: String { "mul" }
  package var channelFlow: ChannelFlow { .channelwise }
  package var wording: String { "a multiplication" }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    guard inputs.count == 2 else { throw ShapeFault(reason: "\(label) takes two inputs") }
    return try inputs[0].broadcast(with: inputs[1])
  }
}

extension Shape {
  /// The common shape after broadcasting.
  ///
  /// A length that depends on the input is assumed to equal the other shape's, unless that is 1.
  func broadcast(with other: Shape) throws(ShapeFault) -> Shape {
    let rank = max(rank, other.rank)
    var result: [Int?] = []
    for axis in 0..<rank {
      switch (length(axis, ofRank: rank), other.length(axis, ofRank: rank)) {
      case (1, let length), (let length, 1): result.append(length)
      case (nil, let length), (let length, nil): result.append(length)
      case (let left?, let right?):
        guard left == right else {
          throw ShapeFault(reason: "cannot multiply \(self) by \(other)")
        }
        result.append(left)
      }
    }
    return Shape(result)
  }

  /// The length of an axis after axes of length 1 have been put in front, up to `rank`.
  private func length(_ axis: Int, ofRank rank: Int) -> Int? {
    let own = axis - (rank - self.rank)
    return own < 0 ? 1 : lengths[own]
  }
}

extension ModuleBuilder {
  /// Elementwise product, with broadcasting.
  public func multiply(_ x: Value, _ y: Value) -> Value { record(Multiply(), [x, y]) }
}
