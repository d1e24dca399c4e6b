/// A `torch.nn.LayerNorm` with affine parameters, over the last axes, or over the channels of
/// `[batch, channels, height, width]` at each pixel (timm's `LayerNorm2d`, ConvNeXt's
/// `channels_first`). The variance is biased (divided by the number of elements).
///
/// Input: x.
package struct LayerNorm: GraphOperation {
  /// The elements that are normalised together.
  package enum Axes: Sendable, Hashable {
    /// The last axes, as many as ``LayerNorm/shape`` has.
    case last
    /// Axis 1; ``LayerNorm/shape`` has one length.
    case channels
  }

  /// The lengths of the normalised axes, and the shape of weight and bias.
  package let shape: [Int]
  package let axes: Axes
  package let eps: Double

  package init(shape: [Int], axes: Axes = .last, eps: Double = 1e-5) {
    self.shape = shape
    self.axes = axes
    self.eps = eps
  }

  package var label: String { "LayerNorm" }
  package var nodeSuffix: String { "layer_norm" }
  package var layerType: LayerType { .layerNorm }
  package var parameters: [ParameterDeclaration] { ParameterDeclaration.ofNorm(shape) }

  package var fault: String? {
    guard !shape.isEmpty, shape.allSatisfy((1...Limit.channels).contains) else {
      return "the normalised lengths must be from 1 to \(Limit.channels)"
    }
    return axes == .channels && shape.count != 1 ? "the channels are one axis" : nil
  }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    let input = try onlyInput(inputs)
    switch axes {
    case .channels: try expect(shape, of: inputs)
    case .last:
      // The batch axis cannot be normalised.
      let last = input.lengths.dropFirst().suffix(shape.count)
      guard last.count == shape.count, zip(last, shape).allSatisfy({ $0 == nil || $0 == $1 })
      else {
        throw ShapeFault(reason: "\(label) over \(shape) cannot take \(input)")
      }
    }
    return input
  }
}

extension LayerType {
  /// `nn.LayerNorm`.
  public static let layerNorm = LayerType(rawValue: "LayerNorm")
}

extension ModuleBuilder {
  /// An `nn.LayerNorm` over the last axes.
  ///
  /// - Parameter shape: `normalized_shape`, the lengths of those axes.
  public func layerNorm(_ name: String, shape: [Int], eps: Double = 1e-5) -> Layer {
    layer(name, LayerNorm(shape: shape, eps: eps))
  }

  /// A layer norm over the channels of each pixel.
  public func layerNorm(_ name: String, channels: Int, eps: Double = 1e-6) -> Layer {
    layer(name, LayerNorm(shape: [channels], axes: .channels, eps: eps))
  }
}
