import PthBackbones
import PthEngines

/// How a network's training images were prepared, as far as the recorded statistics show it.
package struct PreparationFinding: Sendable {
  /// The result of one preparation at the norms that see the images.
  package struct Candidate: Sendable {
    package let preparation: Preparation
    package let shift: Double
    package let contrast: Double

    /// How badly the preparation fits: a factor e in the variance weighs as much as means that are half a standard
    /// deviation off.
    package var misfit: Double { abs(contrast) + 2 * shift }
  }

  /// A candidate for each scale, the best first; empty if no norm that sees the images has recorded statistics.
  package let candidates: [Candidate]
  /// The result of the preparation that the caller named.
  package let named: Candidate?
  /// The best scale; nil if no scale is certain.
  package let scale: Preparation.Scale?
  /// Whether blue comes first; nil if that is not certain, or was not tested.
  package let isBGR: Bool?

  /// The largest misfit of a right preparation; the next best must be worse by ``certainMargin``.
  package static let acceptableMisfit = 1.0
  package static let certainMargin = 0.6
  /// The number of norms that the order of colours is tested at: the stem and the first blocks.
  private static let orderNorms = 10

  /// The preparation to run with: the certain scale, else the best one; RGB unless BGR is certain.
  package var preparation: Preparation {
    Preparation(
      scale ?? candidates.first?.preparation.scale ?? .imagenet, isBGR: isBGR ?? false)
  }

  /// - Parameters:
  ///   - named: A preparation to try beside the scales.
  ///   - asksForOrder: Whether to test the order of the colours too, which runs the first blocks twice more.
  /// - Throws: The errors of the engine.
  init(
    _ run: WitnessRun, named: Preparation? = nil, asksForOrder: Bool, resamples: Resamples
  ) throws {
    let first = run.records.firstIndex { $0.seesInput && !$0.isUnrecorded }
    guard let first else {
      (candidates, self.named, scale, isBGR) = ([], nil, nil, nil)
      return
    }
    let record = run.records[first]
    func candidate(_ preparation: Preparation) throws -> Candidate {
      let moments = try run.moments(preparation, normCount: first + 1)[first]
      let pooled = moments.pooled(0..<moments.imageCount)
      return Candidate(
        preparation: preparation, shift: Self.shift(record, pooled.means),
        contrast: Deviation(record, pooled.means, pooled.variances).contrast)
    }
    let found = try Preparation.Scale.allCases.map { try candidate(Preparation($0)) }
      .sorted { $0.misfit < $1.misfit }
    candidates = found
    self.named = try named.map(candidate)
    let isTold =
      found[0].misfit <= Self.acceptableMisfit
      && found[1].misfit - found[0].misfit >= Self.certainMargin
    scale = isTold ? found[0].preparation.scale : nil
    guard asksForOrder, let scale else {
      isBGR = nil
      return
    }
    let count = min(Self.orderNorms, run.records.count)
    let (rgb, bgr) = (
      try run.moments(Preparation(scale), normCount: count),
      try run.moments(Preparation(scale, isBGR: true), normCount: count)
    )
    let records = run.records.prefix(count)
    switch PairedComparison(
      zip(records, rgb).map { ($0, $1) }, zip(records, bgr).map { ($0, $1) },
      by: .resampling(resamples)
    ).answer {
    case .first: isBGR = false
    case .second: isBGR = true
    case .neither: isBGR = nil
    }
  }

  /// The distance of the means in recorded standard deviations, at most 3 for a channel, averaged over the channels.
  ///
  /// A median would not do: most first filters ignore the mean of an image, and only the others show it.
  private static func shift(_ record: NormRecord, _ means: [Double]) -> Double {
    var sum = 0.0
    for channel in means.indices {
      let deviation = (record.variances[channel] + record.eps).squareRoot()
      sum += min(abs(means[channel] - record.means[channel]) / deviation, 3)
    }
    return sum / Double(max(means.count, 1))
  }
}
