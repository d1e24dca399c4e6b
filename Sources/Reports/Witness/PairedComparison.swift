import Glibc
import PthEngines

/// Which of two hypotheses agrees better with the recorded statistics, on the same images.
///
/// Each channel's distance is the Kullback–Leibler divergence of two normal distributions, the seen and
/// the recorded one. What decides is the sum over the norms, and whether it stays on one side when
/// other images are drawn.
struct PairedComparison {
  /// The first hypothesis' divergence minus the second's.
  let difference: Double
  /// Its standard deviation over resamples of the images.
  let deviation: Double
  /// The first hypothesis' divergence by the second's, over the norms that tell them apart.
  let ratio: Double
  /// The second hypothesis' divergence over all norms.
  let total: Double

  /// Noise looks like a difference of so many standard deviations in three of a thousand cases.
  private static let certainDeviations = 3.0
  /// Images of another kind than in training may favour the wrong one by less than this.
  private static let certainRatio = 1.5

  enum Answer { case first, second, neither }

  /// Which one is better beyond doubt.
  var answer: Answer {
    guard abs(difference) > Self.certainDeviations * deviation else { return .neither }
    if ratio > Self.certainRatio { return .second }
    if ratio < 1 / Self.certainRatio { return .first }
    return .neither
  }

  /// - Parameters:
  ///   - first, second: Norms that stand for each other, with what they saw.
  init(
    _ first: [(NormRecord, NormMoments)], _ second: [(NormRecord, NormMoments)],
    _ resamples: Resamples
  ) {
    let pairs = Array(zip(first, second))
    func divergences(
      _ pair: ((NormRecord, NormMoments), (NormRecord, NormMoments)), _ images: [Int]
    )
      -> (first: Double, second: Double)
    {
      (
        Self.divergence(pair.0.0, pair.0.1, images), Self.divergence(pair.1.0, pair.1.1, images)
      )
    }
    let everything = Array(0..<(first.first?.1.imageCount ?? 0))
    let all = pairs.map { divergences($0, everything) }
    // A norm that sees the same under both has nothing to say.
    let largest = all.map { abs($0.first - $0.second) }.max() ?? 0
    let telling = all.indices.filter { abs(all[$0].first - all[$0].second) > largest / 10 }
    let drawn = resamples.images.map { images in
      telling.reduce(0.0) { sum, norm in
        let found = divergences(pairs[norm], images)
        return sum + found.first - found.second
      }
    }
    let count = Double(max(drawn.count, 1))
    let mean = drawn.reduce(0, +) / count
    deviation = (drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    let sums = telling.reduce((0.0, 0.0)) { ($0.0 + all[$1].first, $0.1 + all[$1].second) }
    difference = sums.0 - sums.1
    total = all.reduce(0) { $0 + $1.second }
    ratio = sums.1 > 0 ? sums.0 / sums.1 : 1
  }

  /// The mean over channels, each bounded so that a dead channel does not decide.
  private static func divergence(
    _ record: NormRecord, _ moments: NormMoments, _ images: [Int]
  ) -> Double {
    guard !record.isUnrecorded else { return 0 }
    let (means, variances) = moments.pooled(images)
    var sum = 0.0
    for channel in means.indices {
      let recorded = record.variances[channel] + record.eps
      let distance = means[channel] - record.means[channel]
      let ratio = (variances[channel] + record.eps) / recorded
      let divergence = (ratio + distance * distance / recorded - 1 - log(ratio)) / 2
      sum += divergence.isNaN ? 1 : min(divergence, 1)
    }
    return sum / Double(max(means.count, 1))
  }
}
