/// A `torch.nn.GroupNorm` with affine parameters. The variance is biased (divided by the number of elements).
///
/// Input: x.
package struct GroupNorm: GraphOperation {
  package let groups: Int
  package let channels: Int
  package let eps: Double

  package init(groups: Int, channels: Int, eps: Double = 1e-5) {
    self.groups = groups
    self.channels = channels
    self.eps = eps
  }

  package var label: String { "GroupNorm" }
  package var nodeSuffix: String { "group_norm" }
  package var layerType: LayerType { .groupNorm }
  package var parameters: [ParameterDeclaration] { ParameterDeclaration.ofNorm([channels]) }

  package var fault: String? {
    guard (1...Limit.channels).contains(channels), groups > 0, channels % groups == 0 else {
      return "\(channels) channels cannot be normalised in \(groups) groups"
    }
    return nil
  }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    try expect([channels], of: inputs)
    return inputs[0]
  }
}

extension LayerType {
  /// `nn.GroupNorm`.
  public static let groupNorm = LayerType(rawValue: "GroupNorm")
}

extension ModuleBuilder {
  /// An `nn.GroupNorm`.
  public func groupNorm(
    _ name: String, groups: Int, channels: Int, eps: Double = 1e-5, requiresGrad: Bool = true
  ) -> Layer {
    layer(
      name, GroupNorm(groups: groups, channels: channels, eps: eps), requiresGrad: requiresGrad)
  }
}
