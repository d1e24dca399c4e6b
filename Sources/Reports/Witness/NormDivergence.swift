import PthEngines
import Glibc

/// The mean over channels of the Kullback–Leibler divergence of two normal distributions, the one that
/// a norm saw of some images and the recorded one; each bounded, so that a dead channel does not
/// decide.
struct NormDivergence {
  let mean: Double

  /// - Parameter images: Indices, which may repeat; nil for all.
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
