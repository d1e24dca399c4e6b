import PthEngines
import Glibc

/// The Kullback–Leibler divergence between a norm's statistics on some images and its recorded statistics.
///
/// Both are taken as normal distributions. The mean over the channels is taken; a channel contributes at most 1, so
/// that a dead channel does not decide the result.
struct NormDivergence {
  let mean: Double

  /// - Parameter images: Indices of images, which may repeat; nil for all images.
  init(_ observation: PairedComparison.Observation, images: [Int]? = nil) {
    let (record, moments) = observation
    let (means, variances) = moments.pooled(images ?? Array(0..<moments.imageCount))
    var sum = 0.0
    for channel in means.indices {
      let recorded = record.variances[channel] + record.eps
      let distance = means[channel] - record.means[channel]
      let ratio = (variances[channel] + record.eps) / recorded
      let divergence = (ratio + distance * distance / recorded - 1 - log(ratio)) / 2
      sum += divergence.isNaN ? 1 : min(divergence, 1)
    }
    mean = sum / Double(max(means.count, 1))
  }
}
