import Glibc
import PthBackbones
import PthEngines
import PthInitializers

/// The distance between a batch norm's statistics on the images and its statistics recorded in training.
package struct NormFigures: Sendable {
  /// The name of the norm's node.
  package let name: String
  /// The name of the node whose output the norm normalises.
  package let feeder: String
  /// Median over channels of |μ − running_mean| / √(running_var + ε).
  package let shift: Double
  /// Median over channels of |ln((σ² + ε) / (running_var + ε))|. For a norm that sees the prepared images
  /// themselves, the median of the logarithms is subtracted first, since the contrast depends on the images.
  package let spread: Double
  /// The common part of all channels' variance ratios: the median of their logarithms.
  package let contrast: Double
  /// The values of ``shift`` and ``spread`` that sampling noise alone causes, for images of the kind that the network
  /// was trained with.
  package let shiftNoise: Double
  package let spreadNoise: Double
  /// The 90th percentile of the shifts, since a fault in fewer than half of the channels does not move the median.
  package let tail: Double
  package let tailNoise: Double
  /// The share of the channels whose mean is off by half a standard deviation, or whose variance is off by a factor
  /// of 400. A recorded variance that is far too large hides a wrong mean, so both are tested.
  package let offShare: Double
  /// Whether no other batch norm is between the input and this one.
  package let seesInput: Bool
  /// Whether at most one batch norm comes before this one, so that its statistics depend on the sharpness of the
  /// images.
  let isNearInput: Bool
  /// Whether the recorded statistics are the initial ones (mean 0, variance 1).
  package let isUnrecorded: Bool

  /// The limits of agreement in this network.
  package private(set) var shiftLimit = Self.largestShift
  package private(set) var spreadLimit = Self.largestSpread
  package private(set) var tailLimit = Self.largestTail
  package private(set) var offLimit = Self.smallestOffShare

  /// The largest limits of agreement. Calibrated networks stay below 0.06 and 0.15 on images of another kind than the
  /// calibration images; trained networks are less exact.
  package static let largestShift = 0.25
  package static let largestSpread = 0.5
  private static let largestTail = 1.0
  /// The smallest limits, for networks whose other norms agree much better than the largest limits.
  private static let smallestShift = 0.1
  private static let smallestSpread = 0.2
  private static let standingOut = 6.0
  /// The range for the limit of a tail, as a multiple of the tail that sampling noise causes; the other norms' tails
  /// decide the limit within this range. On sharp images, tails of calibrated networks stay below 1.7 times their
  /// noise, and tails of a trained EfficientNet-Lite below 1.2.
  private static let tailsByChance = 2.0...2.5
  private static let tailStandingOut = 3.0
  /// Shares of channels that are off: up to the first share the images may be the reason, above the second share the
  /// weights are at fault. In a trained EfficientNet-Lite no channel is off.
  package static let smallestOffShare = 0.025
  private static let faultyOffShare = 0.06
  /// The largest difference in contrast between sets of photographs, as a logarithm: a factor e in the variance.
  package static let contrastLimit = 1.0

  /// The distance in units of the limits: the norm agrees up to 1.
  package var misfit: Double {
    max(misfit(shiftLimit, spreadLimit), misfitOfFew(offLimit), tailMisfit)
  }

  /// The distance in units of the largest limits.
  package var grossMisfit: Double {
    max(
      misfit(Self.largestShift, Self.largestSpread),
      misfitOfFew(max(offLimit, Self.faultyOffShare)))
  }

  private func misfit(_ shiftLimit: Double, _ spreadLimit: Double) -> Double {
    if isUnrecorded { return 0 }
    let own = max((shift - 2 * shiftNoise) / shiftLimit, (spread - 2 * spreadNoise) / spreadLimit)
    return seesInput ? max(own, abs(contrast) / Self.contrastLimit) : own
  }

  /// The share of channels that are off, in units of a limit; 0 for a norm that sees the images themselves, since
  /// unusual colours move some of its channels.
  private func misfitOfFew(_ limit: Double) -> Double {
    isUnrecorded || seesInput ? 0 : offShare / limit
  }

  private var tailMisfit: Double { isUnrecorded || isNearInput ? 0 : tail / tailLimit }

  /// The tail as a multiple of the tail that sampling noise causes.
  private var tailByChance: Double { tail / max(tailNoise, 0.005) }

  package var agrees: Bool { misfit <= 1 }

  /// The norms of a network with limits that are set by the medians over all of them.
  static func judged(_ norms: [NormFigures]) -> [NormFigures] {
    let inner = norms.filter { !$0.isUnrecorded && !$0.seesInput }
    let shift = inner.map(\.shift).median * standingOut
    let spread = inner.map(\.spread).median * standingOut
    let median = inner.map(\.tailByChance).median
    let tails = min(
      max(median * tailStandingOut, tailsByChance.lowerBound), tailsByChance.upperBound)
    let off = inner.map(\.offShare).median * standingOut
    return norms.map { norm in
      var norm = norm
      // A norm that sees the images themselves keeps the largest limits, since unusual images move its statistics.
      guard !norm.seesInput else { return norm }
      norm.shiftLimit = min(largestShift, max(smallestShift, shift))
      norm.spreadLimit = min(largestSpread, max(smallestSpread, spread))
      norm.tailLimit = min(largestTail, tails * max(norm.tailNoise, 0.005))
      norm.offLimit = max(smallestOffShare, off)
      return norm
    }
  }

  /// Whether sampling noise is so large that agreement shows nothing.
  package var isNoisy: Bool {
    2 * shiftNoise > Self.largestShift || 2 * spreadNoise > Self.largestSpread
  }
}

/// Bootstrap resamples of the images, drawn with replacement from a fixed seed.
struct Resamples {
  let images: [[Int]]

  init(imageCount: Int, count: Int = 32) {
    var generator = Generator(seed: 0)
    images = (0..<count).map { _ in
      (0..<imageCount).map { _ in Int(generator.randint(0..<Int64(imageCount))) }
    }
  }
}

extension NormFigures {
  init(_ record: NormRecord, _ moments: NormMoments, _ resamples: Resamples) {
    let all = moments.pooled(0..<moments.imageCount)
    let seen = Deviation(record, all.means, all.variances)
    // The bootstrap: resamples differ from the images as the images differ from the distribution they come from.
    let noise = resamples.images.map { images in
      let drawn = moments.pooled(images)
      return Deviation(
        from: (all.means, all.variances), scale: record, drawn.means, drawn.variances)
    }
    name = record.node.name
    feeder = record.feeder
    shift = seen.shift
    contrast = seen.contrast
    tail = seen.tail
    offShare = seen.offShare
    spread = record.seesInput ? seen.ownSpread : seen.spread
    let count = Double(max(noise.count, 1))
    shiftNoise = noise.reduce(0) { $0 + $1.shift } / count
    spreadNoise = noise.reduce(0) { $0 + (record.seesInput ? $1.ownSpread : $1.spread) } / count
    tailNoise = noise.reduce(0) { $0 + $1.tail } / count
    seesInput = record.seesInput
    isNearInput = record.depth < 2
    isUnrecorded = record.isUnrecorded
  }
}

/// Medians over the channels of a norm.
struct Deviation {
  let shift: Double
  let spread: Double
  let contrast: Double
  /// The spread after subtracting the contrast.
  let ownSpread: Double
  /// The 90th percentile of the shifts.
  let tail: Double
  /// The share of the channels whose mean or variance is far off.
  let offShare: Double

  init(_ record: NormRecord, _ means: [Double], _ variances: [Double]) {
    self.init(from: (record.means, record.variances), scale: record, means, variances)
  }

  /// - Parameter scale: The norm whose recorded variances are the unit of the shifts.
  init(
    from origin: (means: [Double], variances: [Double]), scale: NormRecord, _ means: [Double],
    _ variances: [Double]
  ) {
    var shifts: [Double] = []
    var logarithms: [Double] = []
    for channel in means.indices {
      let deviation = (scale.variances[channel] + scale.eps).squareRoot()
      shifts.append(abs(means[channel] - origin.means[channel]) / deviation)
      logarithms.append(
        log((variances[channel] + scale.eps) / (origin.variances[channel] + scale.eps)))
    }
    let far = zip(shifts, logarithms).count {
      !($0 <= Self.farShift) || !(abs($1) <= Self.farLogarithm)
    }
    offShare = Double(far) / Double(max(shifts.count, 1))
    shift = shifts.median
    tail = shifts.quantile(0.9)
    spread = logarithms.map(abs).median
    let contrast = logarithms.median
    self.contrast = contrast
    ownSpread = logarithms.map { abs($0 - contrast) }.median
  }
}

extension Deviation {
  /// The largest shift of a channel that is not off, in standard deviations: photographs of another kind do not move
  /// a channel's mean so far.
  static let farShift = 0.5
  /// The largest logarithm of the ratio of variances of a channel that is not off: the contrast of photographs does
  /// not explain a factor of 400.
  static let farLogarithm = 6.0
}

extension [Double] {
  /// The quantile for this share, with NaN as infinity; 0 for an empty array.
  func quantile(_ share: Double) -> Double {
    guard !isEmpty else { return 0 }
    let sorted = map { $0.isNaN ? .infinity : $0 }.sorted()
    return sorted[Int((share * Double(count - 1)).rounded())]
  }

  /// The median, with NaN as infinity; 0 for an empty array.
  var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = map { $0.isNaN ? .infinity : $0 }.sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
