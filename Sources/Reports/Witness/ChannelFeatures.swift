import PthEngines

/// The statistics that a batch norm computed on some images, in units of its recorded statistics.
///
/// Each channel has two features, one for the mean and one for the variance, weighted as in the Kullback–Leibler
/// divergence of two normal distributions.
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

  /// The largest distance of a feature before weighting, so that a dead channel does not decide the result.
  private static let limit = 2.0

  /// The distance of a feature, averaged over all images, from its recorded value.
  func distance(_ channel: Int, _ isVariance: Bool) -> Double {
    let recorded = record.variances[channel] + eps
    let distance =
      isVariance
      ? (variances[channel] + eps) / recorded - 1
      : (means[channel] - record.means[channel]) / recorded.squareRoot()
    return weight(isVariance)
      * (distance.isNaN ? distance : min(max(distance, -Self.limit), Self.limit))
  }

  /// The distance of one image's feature from the average over all images.
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
