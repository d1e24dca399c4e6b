/// A `torch.nn.Linear`: `x · weightᵀ + bias`.
///
/// Input: `[batch, features]`.
package struct Linear: GraphOperation {
  package let inFeatures: Int
  package let outFeatures: Int
  package let hasBias: Bool

  package init(inFeatures: Int, outFeatures: Int, hasBias: Bool = true) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    self.hasBias = hasBias
  }

  package var label: String { "Linear" }
  package var nodeSuffix: String { "linear" }
  package var layerType: LayerType { .linear }

  package var parameters: [ParameterDeclaration] {
    let weight = ParameterDeclaration(
      .linearWeight, "weight", [outFeatures, inFeatures], initializer: .layerDefault)
    let bias = ParameterDeclaration(
      .linearBias, "bias", [outFeatures], initializer: .fanInUniform)
    return hasBias ? [weight, bias] : [weight]
  }

  package var fault: String? {
    [inFeatures, outFeatures].allSatisfy((1...Limit.channels).contains)
      ? nil : "the features must be from 1 to \(Limit.channels)"
  }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try expect([inFeatures], of: inputs)
    guard inputs[0].rank == 2 else {
      throw ShapeFault(reason: "\(label) needs [batch, features] and gets \(inputs[0])")
    }
    return inputs[0].withChannels(outFeatures)
  }
}

extension LayerType {
  /// `nn.Linear`.
  public static let linear = LayerType(rawValue: "Linear")
}

extension StateRole {
  /// `[out, in]`.
  package static let linearWeight = StateRole(rawValue: "linearWeight")
  package static let linearBias = StateRole(rawValue: "linearBias")
}

extension ModuleBuilder {
  /// An `nn.Linear`.
  public func linear(
    _ name: String, in inFeatures: Int, out outFeatures: Int, bias: Bool = true,
    stage: Stage? = nil
  ) -> Layer {
    layer(
      name, Linear(inFeatures: inFeatures, outFeatures: outFeatures, hasBias: bias), stage: stage)
  }
}
