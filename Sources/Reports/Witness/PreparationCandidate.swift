import Glibc
import PthEngines

extension PreparationFinding {
  /// What one preparation says about the images of training: how bright and how rich in contrast they must
  /// have been, if they were prepared so, for the first norm to record what it did.
  package struct Candidate: Sendable {
    package let preparation: Preparation
    /// How far the brightness of the images is from that of those in training, in standard deviations.
    package let shift: Double
    /// The logarithm of the ratio of their variance to that in training.
    package let contrast: Double
    /// The mean of the images of training, from 0 to 255, in the order of the network's inputs.
    let colours: [Double]
    /// The standard error of the first colour less the third.
    let orderNoise: Double
    /// The part of the recorded means that no colour of the images explains, in standard deviations.
    let residual: Double
    /// How well the channels see brightness: the sum over channels of the share of their variance.
    let evidence: Double
    /// The distance of the images of training from ImageNet's, as ``misfit``.
    let strangeness: Double

    /// How badly it fits: a contrast of a factor e in the variance counts as much as a brightness that is
    /// one standard deviation off.
    package var misfit: Double { abs(contrast) + shift }

    /// Whether the first layers are those that recorded the statistics, and tell the brightness.
    var isClear: Bool { residual <= Self.largestResidual && evidence >= Self.leastEvidence }

    /// On calibrated networks the right preparation leaves up to 0.13, and channels have 0.6 and more.
    private static let largestResidual = 0.25
    private static let leastEvidence = 0.5
    /// A weight that keeps colours defined which no channel sees.
    private static let ridge = 0.03
    /// The weight in the contrast of a channel that does not see brightness.
    private static let leastWeight = 0.02

    /// - Parameters:
    ///   - response: nil if the norm's input is not linear in the images.
    ///   - images: What the images are like.
    init(
      _ preparation: Preparation, _ record: NormRecord, _ moments: NormMoments,
      _ response: ColourResponse?, _ images: ImageColours
    ) {
      self.preparation = preparation
      let (means, variances) = moments.pooled(0..<moments.imageCount)
      let stds = preparation.std
      // How the norm's channels change if a picture becomes brighter by the images' standard deviation, the
      // distance of the recorded means, both in standard deviations; and the ratio of the variances.
      var channels: [(steps: [Double], distance: Double, contrast: Double)] = []
      for channel in means.indices {
        let variance = variances[channel] + record.eps
        let deviation = variance.squareRoot()
        let steps = (0..<3).map {
          (response?.steps[channel][$0] ?? 0) / stds[$0] * images.deviation / deviation
        }
        let distance = (record.means[channel] - means[channel]) / deviation
        let contrast = log(variance / (record.variances[channel] + record.eps))
        guard distance.isFinite, contrast.isFinite, steps.allSatisfy(\.isFinite) else { continue }
        channels.append((steps, distance, contrast))
      }
      // Least squares: the colour by which the images of training differ from these.
      var matrix = [Double](repeating: 0, count: 9)
      var vector = [0.0, 0, 0]
      for channel in channels {
        for row in 0..<3 {
          vector[row] += channel.steps[row] * channel.distance
          for column in 0..<3 {
            matrix[3 * row + column] += channel.steps[row] * channel.steps[column]
          }
        }
      }
      for index in 0..<3 { matrix[4 * index] += Self.ridge * Self.ridge }
      let factor = Cholesky(matrix, size: 3)
      let colour = factor?.solved(vector) ?? [0, 0, 0]
      let rest = channels.reduce(0.0) { sum, channel in
        let left = channel.distance - zip(channel.steps, colour).reduce(0) { $0 + $1.0 * $1.1 }
        return sum + left * left
      }
      residual = (rest / Double(max(channels.count - 3, 1))).squareRoot()
      let order = [1.0, 0, -1]
      let solved = factor?.solved(order) ?? order
      orderNoise = (solved[0] - solved[2]).squareRoot() * residual * images.deviation
      let own = preparation.isBGR ? images.mean.reversed() : images.mean
      colours = zip(own, colour).map { $0 + $1 * images.deviation }
      let brighter = colour.reduce(0, +) / 3
      shift = abs(brighter)
      // Filters that see brightness do not depend on how sharp and how colourful the images are.
      let weights = channels.map { channel in
        let sum = channel.steps.reduce(0, +)
        return sum * sum
      }
      evidence = weights.reduce(0, +)
      contrast = channels.map(\.contrast).median(weights: weights.map { $0 + Self.leastWeight })
      let usual = ImageColours.imageNet
      let brightness = colours.reduce(0, +) / 3
      strangeness =
        abs(contrast - 2 * log(images.deviation / usual.deviation))
        + abs(brightness - usual.brightness) / usual.deviation
    }
  }
}

extension [Double] {
  /// The value below which half of the weight lies. 0 of nothing.
  fileprivate func median(weights: [Double]) -> Double {
    let half = weights.reduce(0, +) / 2
    var sum = 0.0
    for index in indices.sorted(by: { self[$0] < self[$1] }) {
      sum += weights[index]
      if sum >= half { return self[index] }
    }
    return 0
  }
}
