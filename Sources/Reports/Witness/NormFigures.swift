import Glibc
import PthBackbones
import PthEngines
import PthInitializers

/// How far what a batch norm saw of the images is from what it recorded in training.
package struct NormFigures: Sendable {
  /// The norm's node.
  package let name: String
  /// The node in front of it.
  package let feeder: String
  /// Median over channels of |μ − running_mean| / √(running_var + ε).
  package let shift: Double
  /// Median over channels of |ln((σ² + ε) / (running_var + ε))|. Of a norm that sees the images as
  /// they were prepared, with the median of the logarithms subtracted: other images have another
  /// contrast.
  package let spread: Double
  /// What is common to the channels' ratios of variances (the median of the logarithms).
  package let contrast: Double
  /// What `shift` and `spread` would be by the choice of the images alone, if they were of the kind
  /// that the network was trained with.
  package let shiftNoise: Double
  package let spreadNoise: Double
  /// The shift that a tenth of the channels exceeds: a median does not see what is wrong with fewer
  /// than half of them.
  package let tail: Double
  package let tailNoise: Double
  /// The share of the channels whose mean is off by half a standard deviation, or whose variance by a
  /// factor of some hundreds: a mean is nowhere near a variance that is far too large.
  package let offShare: Double
  /// Whether no other batch norm stands before it.
  package let seesInput: Bool
  /// Whether at most one does: how sharp the images are shows there.
  let isNearInput: Bool
  /// Whether it has recorded nothing.
  package let isUnrecorded: Bool

  /// What still counts as agreement in this network.
  package private(set) var shiftLimit = Self.largestShift
  package private(set) var spreadLimit = Self.largestSpread
  package private(set) var tailLimit = Self.largestTail
  package private(set) var offLimit = Self.smallestOffShare

  /// The most that counts as agreement. Calibrated networks stay below 0.06 and 0.15 on images of
  /// another kind than they were calibrated with, and no trained network is expected to be as exact.
  package static let largestShift = 0.25
  package static let largestSpread = 0.5
  private static let largestTail = 1.0
  /// Where the other norms agree much better, what stands out from them counts sooner.
  private static let smallestShift = 0.1
  private static let smallestSpread = 0.2
  private static let standingOut = 6.0
  /// A tail is held against what chance makes of it and, between these limits, against what it is of
  /// that in the other norms. On sharp images those of calibrated networks stay below 1.7 times their
  /// chance, and those of a trained EfficientNet-Lite below 1.2.
  private static let tailsByChance = 2.0...2.5
  private static let tailStandingOut = 3.0
  /// Channels that are off: so many may be by the images, and half as many again as the other number
  /// are a fault. Of a trained EfficientNet-Lite none is.
  package static let smallestOffShare = 0.025
  private static let faultyOffShare = 0.06
  /// Photographs differ so much in contrast (factor e in the variance).
  package static let contrastLimit = 1.0

  /// In units of the limits: up to 1 it agrees.
  package var misfit: Double {
    max(misfit(shiftLimit, spreadLimit), misfitOfFew(offLimit), tailMisfit)
  }

  /// In units of the largest limits.
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

  /// What sees the images sees other colours than in training in some of its channels.
  private func misfitOfFew(_ limit: Double) -> Double {
    isUnrecorded || seesInput ? 0 : offShare / limit
  }

  private var tailMisfit: Double { isUnrecorded || isNearInput ? 0 : tail / tailLimit }

  /// By how much a tenth of the channels exceeds what chance makes of it.
  private var tailByChance: Double { tail / max(tailNoise, 0.005) }

  package var agrees: Bool { misfit <= 1 }

  /// The norms of a network with the limits that follow from all of them.
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
      // What sees the images sees what is unusual about them.
      guard !norm.seesInput else { return norm }
      norm.shiftLimit = min(largestShift, max(smallestShift, shift))
      norm.spreadLimit = min(largestSpread, max(smallestSpread, spread))
      norm.tailLimit = min(largestTail, tails * max(norm.tailNoise, 0.005))
      norm.offLimit = max(smallestOffShare, off)
      return norm
    }
  }

  /// Whether sampling alone moves it so far that agreement shows nothing.
  package var isNoisy: Bool {
    2 * shiftNoise > Self.largestShift || 2 * spreadNoise > Self.largestSpread
  }
}

/// Images drawn from the given ones with repetition, always the same: the bootstrap.
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
    // How far samples of the images are from all of them is how far these are from all images.
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
  /// The spread without the contrast.
  let ownSpread: Double
  /// What a tenth of the shifts exceeds.
  let tail: Double
  /// The share of the channels whose mean or variance is far off.
  let offShare: Double

  init(_ record: NormRecord, _ means: [Double], _ variances: [Double]) {
    self.init(from: (record.means, record.variances), scale: record, means, variances)
  }

  /// - Parameter scale: Whose recorded variances shifts are measured in.
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
  /// In standard deviations: photographs of another kind do not move a channel's mean so far.
  static let farShift = 0.5
  /// Of the ratio of two variances: no contrast of photographs makes a factor of 400.
  static let farLogarithm = 6.0
}

extension [Double] {
  /// The value below which this share of them lies; NaN counts as infinite. 0 of nothing.
  func quantile(_ share: Double) -> Double {
    guard !isEmpty else { return 0 }
    let sorted = map { $0.isNaN ? .infinity : $0 }.sorted()
    return sorted[Int((share * Double(count - 1)).rounded())]
  }

  /// The middle value; NaN counts as infinite. 0 of nothing.
  var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = map { $0.isNaN ? .infinity : $0 }.sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
