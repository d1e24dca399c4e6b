import PthEngines

/// Fisher's linear discriminant between two networks: it finds which network is closer to the recorded statistics.
///
/// Every channel gives two features: its mean in recorded standard deviations, and its variance divided by
/// the recorded variance. Each feature is an average over the images, so its deviation for each image is
/// known, and with these deviations (the rows of G) the covariance Σ = GᵀG + λ1 of all features. There are
/// far fewer images than features, so products with Σ⁻¹ are computed from the small matrix GGᵀ (Woodbury).
struct Discriminant {
  private let imageCount: Int
  /// Rows of G: an image's deviation in the first network, and in the second.
  private let rows: Int
  /// G Gᵀ.
  private var gram: [Double]
  /// G times the difference of the two networks' features, and times the distance of the record from each.
  private var difference: [Double]
  private var fromFirst: [Double]
  private var fromSecond: [Double]
  /// Scalar products of these three vectors with each other.
  private var differenceSquared = 0.0
  private var differenceByFirst = 0.0
  private var differenceBySecond = 0.0
  private var firstSquared = 0.0
  private var secondSquared = 0.0
  private var featureCount = 0

  init(imageCount: Int) {
    self.imageCount = imageCount
    rows = 2 * imageCount
    gram = [Double](repeating: 0, count: rows * rows)
    difference = [Double](repeating: 0, count: rows)
    (fromFirst, fromSecond) = (difference, difference)
  }

  /// Adds the channels of a norm, scaled so that all norms have the same weight.
  mutating func add(_ first: PairedComparison.Observation, _ second: PairedComparison.Observation) {
    let channels = first.moments.channels
    guard channels > 0, channels == second.moments.channels, imageCount > 1 else { return }
    // Both use the eps of the first network, so that the features have the same units.
    let one = ChannelFeatures(first, eps: first.record.eps)
    let other = ChannelFeatures(second, eps: first.record.eps)
    let scale = (1 / Double(channels)).squareRoot()
    let spread = scale / Double(2 * imageCount * (imageCount - 1)).squareRoot()
    var deviations = [Double](repeating: 0, count: rows)
    for channel in 0..<channels {
      for isVariance in [false, true] {
        let a = one.distance(channel, isVariance) * scale
        let b = other.distance(channel, isVariance) * scale
        for image in 0..<imageCount {
          deviations[image] = one.deviation(image, channel, isVariance) * spread
          deviations[imageCount + image] = other.deviation(image, channel, isVariance) * spread
        }
        guard a.isFinite, b.isFinite, deviations.allSatisfy(\.isFinite) else { continue }
        add(deviations, a, b)
      }
    }
  }

  private mutating func add(_ deviations: [Double], _ a: Double, _ b: Double) {
    featureCount += 1
    let apart = a - b
    differenceSquared += apart * apart
    // The recorded statistics are the origin of the feature space.
    differenceByFirst -= apart * a
    differenceBySecond -= apart * b
    firstSquared += a * a
    secondSquared += b * b
    let rows = rows
    gram.withUnsafeMutableBufferPointer { gram in
      deviations.withUnsafeBufferPointer { deviations in
        for row in 0..<rows {
          let value = deviations[row]
          let line = gram.baseAddress! + row * rows
          for column in 0...row { line[column] += value * deviations[column] }
        }
      }
    }
    for row in 0..<rows {
      difference[row] += deviations[row] * apart
      fromFirst[row] -= deviations[row] * a
      fromSecond[row] -= deviations[row] * b
    }
  }

  /// The position of the recorded statistics between the networks, positive on the first network's side of the
  /// midpoint: in standard deviations, and as a share of the way from the midpoint to that network.
  ///
  /// The standard deviation follows from Σ. If the recorded statistics are further from the nearer network than Σ
  /// predicts, the standard deviation is enlarged by that ratio.
  var side: (deviations: Double, share: Double) {
    let trace = (0..<rows).reduce(0) { $0 + gram[$1 * rows + $1] }
    let floor = trace / Double(max(featureCount, 1))
    guard floor > 0 else { return (0, 0) }
    var matrix = gram
    for row in 0..<rows { matrix[row * rows + row] += floor }
    guard let factor = Cholesky(matrix, size: rows) else { return (0, 0) }
    let (d, one, other) = (
      factor.solved(difference), factor.solved(fromFirst), factor.solved(fromSecond)
    )
    func product(_ plain: Double, _ left: [Double], _ right: [Double]) -> Double {
      (plain - zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }) / floor
    }
    let length = product(differenceSquared, difference, d)
    let side =
      (product(differenceByFirst, difference, one) + product(differenceBySecond, difference, other))
      / 2
    guard length > 0 else { return (0, 0) }
    let nearest =
      side > 0
      ? product(firstSquared, fromFirst, one) : product(secondSquared, fromSecond, other)
    let excess = max(1, (nearest / Double(featureCount)).squareRoot())
    let result = side / length.squareRoot() / excess
    return result.isFinite ? (result, 2 * side / length) : (0, 0)
  }
}
