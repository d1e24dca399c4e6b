import PthEngines

/// Decides which of two hypotheses agrees better with the recorded statistics.
struct PairedComparison {
  /// The test that decides whether a difference is certain.
  enum Method {
    /// For two networks on the same images. The difference of the networks is known exactly, channel by channel; the
    /// difference between these images and the training images is not. That difference is mostly in the directions in
    /// which images differ from each other (brightness, contrast, sharpness). So the recorded statistics are
    /// projected onto the difference of the networks, with these directions weighted down (``Discriminant``).
    ///
    /// If one network computes more pixels, only norms are used at which the networks differ by more than the choice
    /// of pixels explains (``NormContrast``): all others would add noise, and the network with more pixels has less.
    case alongTheDifference(sameResolution: Bool)
    /// For two preparations, which give a network different inputs. The divergences are compared, and the standard
    /// deviation of their difference is estimated from bootstrap resamples of the images.
    case resampling(Resamples)
  }

  enum Answer { case first, second, neither }

  /// The better hypothesis, or `neither` if the difference is not certain.
  let answer: Answer
  /// The size of the difference in standard deviations.
  let deviations: Double
  /// The first hypothesis' divergence divided by the second's, summed over the norms that distinguish them.
  let ratio: Double

  /// The thresholds above which a difference is certain.
  private struct Demand {
    let deviations: Double
    let ratio: Double
    /// The range for the position of the recorded statistics on the way from the midpoint to the nearer network. If
    /// one network is right, the position is 0.3 to 1; if the networks hardly differ or neither is right, it is
    /// arbitrary.
    var shares = 0.2...1.5

    /// For networks of equal resolution. In all measurements the right network was nearer, by 3.6 standard
    /// deviations or more. Another eps alone changes divergences by a factor of up to 1.05.
    static let sameResolution = Demand(deviations: 4, ratio: 1.06)
    /// For networks of different resolution, which average over more or fewer pixels. At norms where the networks
    /// differ four times as much as that explains, the wrong network cannot be nearer by this margin.
    static let otherResolution = Demand(deviations: 4, ratio: 1.5)
    /// Noise exceeds three deviations in three of a thousand cases, and images of another kind than in
    /// training may favour the wrong hypothesis by less than this ratio.
    static let resampling = Demand(deviations: 3, ratio: 1.5)

    /// - Parameter side: Positive if the record is on the first network's side.
    func answer(_ side: Double, share: Double, ratio found: Double) -> Answer {
      guard abs(side) > deviations, shares.contains(share) else { return .neither }
      if side > 0, found < 1 / ratio { return .first }
      if side < 0, found > ratio { return .second }
      return .neither
    }
  }

  typealias Observation = (record: NormRecord, moments: NormMoments)
  private typealias Pair = (first: Observation, second: Observation)

  /// - Parameters:
  ///   - first, second: Corresponding norms of the two hypotheses, with their statistics.
  init(_ first: [Observation], _ second: [Observation], by method: Method) {
    let pairs: [Pair] = zip(first, second).map { ($0, $1) }.filter {
      !$0.first.record.isUnrecorded && !$0.second.record.isUnrecorded
    }
    // Other resolutions compare only norms at which the networks compute different functions.
    let isOtherResolution =
      if case .alongTheDifference(sameResolution: false) = method { true } else { false }
    let compared =
      isOtherResolution ? pairs.filter { NormContrast($0.first, $0.second).tells } : pairs
    let divergences = compared.map {
      (NormDivergence($0.first).mean, NormDivergence($0.second).mean)
    }
    let largest = divergences.map { abs($0 - $1) }.max() ?? 0
    // A norm with equal statistics under both hypotheses does not distinguish them.
    let telling = compared.indices.filter {
      isOtherResolution || abs(divergences[$0].0 - divergences[$0].1) > largest / 10
    }
    let own = telling.reduce(0.0) { $0 + divergences[$1].0 }
    let other = telling.reduce(0.0) { $0 + divergences[$1].1 }
    ratio = other > 0 ? own / other : 1
    switch method {
    case .alongTheDifference(let sameResolution):
      var discriminant = Discriminant(imageCount: first.first?.moments.imageCount ?? 0)
      for (first, second) in compared { discriminant.add(first, second) }
      let (side, share) = discriminant.side
      deviations = abs(side)
      let demand: Demand = sameResolution ? .sameResolution : .otherResolution
      answer = demand.answer(side, share: abs(share), ratio: ratio)
    case .resampling(let resamples):
      let noise = Self.noise(telling.map { compared[$0] }, resamples)
      let side = (other - own) / max(noise, .leastNormalMagnitude)
      deviations = abs(side)
      answer = Demand.resampling.answer(side, share: 1, ratio: ratio)
    }
  }

  /// The standard deviation of the difference of the divergences over resamples of the images.
  private static func noise(_ pairs: [Pair], _ resamples: Resamples) -> Double {
    let drawn = resamples.images.map { images in
      pairs.reduce(0.0) { sum, pair in
        let first = NormDivergence(pair.first, images: images).mean
        return sum + first - NormDivergence(pair.second, images: images).mean
      }
    }
    let count = Double(max(drawn.count, 1))
    let mean = drawn.reduce(0, +) / count
    return (drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
  }
}
