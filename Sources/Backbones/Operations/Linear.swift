/// A `torch.nn.Linear`: `x · weightᵀ + bias`.
package struct Linear: Sendable, Hashable {
  package let inFeatures: Int
  package let outFeatures: Int
  package let hasBias: Bool

  package init(inFeatures: Int, outFeatures: Int, hasBias: Bool = true) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    self.hasBias = hasBias
  }

  var state: [(StateRole, [Int])] {
    [(.linearWeight, [outFeatures, inFeatures])] + (hasBias ? [(.linearBias, [outFeatures])] : [])
  }
}
