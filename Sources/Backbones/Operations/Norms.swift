/// A `torch.nn.BatchNorm2d` with affine parameters and running statistics; `SyncBN` is the same
/// thing in inference.
package struct BatchNorm2d: Sendable, Hashable {
  package let channels: Int
  package let eps: Double

  package init(channels: Int, eps: Double = 1e-5) {
    self.channels = channels
    self.eps = eps
  }

  var state: [(StateRole, [Int])] {
    [
      (.normWeight, [channels]), (.normBias, [channels]), (.runningMean, [channels]),
      (.runningVar, [channels]), (.numBatchesTracked, []),
    ]
  }
}

/// A `torch.nn.GroupNorm` with affine parameters. The variance is the biased one.
package struct GroupNorm: Sendable, Hashable {
  package let groups: Int
  package let channels: Int
  package let eps: Double

  package init(groups: Int, channels: Int, eps: Double = 1e-5) {
    self.groups = groups
    self.channels = channels
    self.eps = eps
  }

  var state: [(StateRole, [Int])] { [(.normWeight, [channels]), (.normBias, [channels])] }

  var fault: String? {
    guard (1...Limit.channels).contains(channels), groups > 0, channels % groups == 0 else {
      return "\(channels) channels cannot be normalised in \(groups) groups"
    }
    return nil
  }
}
