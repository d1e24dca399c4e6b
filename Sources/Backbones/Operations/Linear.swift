/// A `torch.nn.Linear`: `x · weightᵀ + bias`.
public struct Linear: Sendable, Hashable {
  public let inFeatures: Int
  public let outFeatures: Int
  public let hasBias: Bool

  public init(inFeatures: Int, outFeatures: Int, hasBias: Bool = true) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    self.hasBias = hasBias
  }

  var state: [(StateRole, [Int])] {
    [(.linearWeight, [outFeatures, inFeatures])] + (hasBias ? [(.linearBias, [outFeatures])] : [])
  }
}
