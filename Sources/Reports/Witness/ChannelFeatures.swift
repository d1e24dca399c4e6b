import PthEngines

/// What a norm saw of some images, in units of what it recorded: two features a channel, of its mean and
/// of its variance, weighted as the divergence of normal distributions weights them.
struct ChannelFeatures {
  private let record: NormRecord
  private let moments: NormMoments
  private let means: [Double]
  private let variances: [Double]
  private let eps: Double

  init(_ observation: PairedComparison.Observation, eps: Double) {
    self.eps = eps
    (record, moments) = observation
    (means, variances) = moments.pooled(0..<moments.imageCount)
  }

  var channelCount: Int { means.count }
  var imageCount: Int { moments.imageCount }

  /// What one channel may be off at most: a dead one does not decide.
  private static let limit = 2.0

  /// How far the mean of a feature is from what was recorded.
  func distance(_ channel: Int, _ isVariance: Bool) -> Double {
    let recorded = record.variances[channel] + eps
    let distance =
      isVariance
      ? (variances[channel] + eps) / recorded - 1
      : (means[channel] - record.means[channel]) / recorded.squareRoot()
    return weight(isVariance)
      * (distance.isNaN ? distance : min(max(distance, -Self.limit), Self.limit))
  }

  /// How far an image's feature is from the mean of all.
  func deviation(_ image: Int, _ channel: Int, _ isVariance: Bool) -> Double {
    let recorded = record.variances[channel] + eps
    let index = image * moments.channels + channel
    let distance = moments.means[index] - means[channel]
    return weight(isVariance)
      * (isVariance
        ? (moments.variances[index] + distance * distance - variances[channel]) / recorded
        : distance / recorded.squareRoot())
  }

  private func weight(_ isVariance: Bool) -> Double { isVariance ? 0.5 : 0.5.squareRoot() }
}
