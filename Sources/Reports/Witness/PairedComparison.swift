import PthEngines

/// Which of two hypotheses agrees better with the recorded statistics, on the same images.
struct PairedComparison {
  /// What makes a difference certain.
  enum Method {
    /// Both networks saw the same images, so how they differ is known exactly, channel by channel; what
    /// is not known is how far these images are from those of training. That distance lies mostly where
    /// images differ from each other (brightness, contrast, sharpness). So what was recorded is looked
    /// at along the difference of the networks, with those directions weighted down
    /// (``Discriminant``). Where one of the networks computes more pixels, this is done only at the
    /// norms that differ by more than the choice of pixels (``NormContrast``): all others would add
    /// noise, and the network with more pixels has less of it.
    case alongTheDifference(sameResolution: Bool)
    /// Other colours are other images. So the divergences themselves are compared, and it is asked
    /// whether their difference keeps its sign when other images are drawn.
    case resampling(Resamples)
  }

  enum Answer { case first, second, neither }

  /// Which one is better beyond doubt.
  let answer: Answer
  /// In standard deviations, how certain it is.
  let deviations: Double
  /// The first hypothesis' divergence by the second's, over the norms that tell them apart.
  let ratio: Double

  /// What a difference must be to be certain.
  private struct Demand {
    let deviations: Double
    let ratio: Double
    /// Which part of the way from the middle to the nearer network the record must be. Where one of
    /// them is right it is 0.3 to 1; where they hardly differ, or neither is right, it may be anything.
    var shares = 0.2...1.5

    /// Of networks of one resolution the right one was nearer each time, by 3.6 and more. eps alone
    /// changes divergences by up to 1.05.
    static let sameResolution = Demand(deviations: 4, ratio: 1.06)
    /// A network of another resolution takes the means of more or fewer pixels. Where the networks are
    /// four times as far apart as that moves them, the wrong one cannot be nearer by so much.
    static let otherResolution = Demand(deviations: 4, ratio: 1.5)
    /// Noise looks like three deviations in three of a thousand cases, and images of another kind than
    /// in training may favour the wrong one by less than the ratio.
    static let resampling = Demand(deviations: 3, ratio: 1.5)

    /// - Parameter side: Positive on the first one's.
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
  ///   - first, second: Norms that stand for each other, with what they saw.
  init(_ first: [Observation], _ second: [Observation], by method: Method) {
    let pairs: [Pair] = zip(first, second).map { ($0, $1) }.filter {
      !$0.first.record.isUnrecorded && !$0.second.record.isUnrecorded
    }
    // The norms that are compared, and those of them whose divergences are.
    let isOtherResolution =
      if case .alongTheDifference(sameResolution: false) = method { true } else { false }
    let compared =
      isOtherResolution ? pairs.filter { NormContrast($0.first, $0.second).tells } : pairs
    let divergences = compared.map {
      (NormDivergence($0.first).mean, NormDivergence($0.second).mean)
    }
    let largest = divergences.map { abs($0 - $1) }.max() ?? 0
    // A norm that sees the same under both has nothing to say.
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
