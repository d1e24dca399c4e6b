import PthBackbones
import PthEngines

/// How a network's training images were prepared, as far as the recorded statistics show it.
package struct PreparationFinding: Sendable {
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
  /// By how many of 255 steps photographs are redder than blue: ImageNet's by 20, COCO's by 16. Sets of
  /// which it is less do not tell the order.
  private static let leastRedness = 8.0
  private static let leastOwnRedness = 4.0

  /// The preparation to run with: the certain scale, else the best one; RGB unless BGR is certain.
  package var preparation: Preparation {
    Preparation(
      scale ?? candidates.first?.preparation.scale ?? .imagenet, isBGR: isBGR ?? false)
  }

  /// The mean of the images of training, from 0 to 255, in the order of the network's inputs; nil where the
  /// preparation takes the mean out.
  package var trainingColours: [Double]? {
    guard let scale, Self.keepsColours(scale) else { return nil }
    return candidates.first?.colours
  }

  /// Whether what is subtracted is the same for all colours.
  private static func keepsColours(_ scale: Preparation.Scale) -> Bool {
    scale.mean[0] == scale.mean[2]
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
    let response = try run.colourResponse(at: first)
    let images = ImageColours(run.images.pictures)
    func candidate(_ preparation: Preparation) throws -> Candidate {
      Candidate(
        preparation, run.records[first], try run.moments(preparation, normCount: first + 1)[first],
        response, images)
    }
    let found = try Preparation.Scale.allCases.map { try candidate(Preparation($0)) }
      .sorted { $0.misfit < $1.misfit }
    candidates = found
    self.named = try named.map(candidate)
    scale = response != nil && Self.isTold(found) ? found[0].preparation.scale : nil
    isBGR =
      asksForOrder && scale != nil
      ? try Self.order(run, found[0], images, resamples: resamples) : nil
  }

  /// Whether the first one is certain. Images of unusual contrast or brightness would make another one
  /// fit: so its images of training must be like ImageNet's, too, rather than those of another one.
  private static func isTold(_ found: [Candidate]) -> Bool {
    found[0].isClear && found[0].misfit <= acceptableMisfit
      && found[1].misfit - found[0].misfit >= certainMargin
      && found.allSatisfy { $0.strangeness >= found[0].strangeness }
  }

  /// Whether blue comes first; nil if it cannot be told.
  ///
  /// Photographs are redder than blue. Where the preparation leaves that in, it shows in what the first norm
  /// recorded; it must show in the images at hand, too, so that they are of the usual kind.
  private static func order(
    _ run: WitnessRun, _ best: Candidate, _ images: ImageColours, resamples: Resamples
  ) throws -> Bool? {
    let scale = best.preparation.scale
    if keepsColours(scale) {
      let redness = best.colours[0] - best.colours[2]
      guard abs(redness) >= leastRedness, abs(redness) > 3 * best.orderNoise,
        images.mean[0] - images.mean[2] >= leastOwnRedness
      else { return nil }
      return redness < 0
    }
    let count = min(orderNorms, run.records.count)
    let (rgb, bgr) = (
      try run.moments(Preparation(scale), normCount: count),
      try run.moments(Preparation(scale, isBGR: true), normCount: count)
    )
    let records = run.records.prefix(count)
    return
      switch PairedComparison(
        zip(records, rgb).map { ($0, $1) }, zip(records, bgr).map { ($0, $1) },
        by: .resampling(resamples)
      ).answer
    {
    case .first: false
    case .second: true
    case .neither: nil
    }
  }
}
