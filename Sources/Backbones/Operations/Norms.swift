/// A `torch.nn.BatchNorm2d` with affine parameters and running statistics; `SyncBN` is the same
/// thing in inference.
public struct BatchNorm2d: Sendable, Hashable {
  public let channels: Int
  public let eps: Double

  public init(channels: Int, eps: Double = 1e-5) {
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
public struct GroupNorm: Sendable, Hashable {
  public let groups: Int
  public let channels: Int
  public let eps: Double

  public init(groups: Int, channels: Int, eps: Double = 1e-5) {
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
