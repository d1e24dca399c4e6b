/// Why initial values cannot be drawn.
public enum InitializationError: Error, Hashable, CustomStringConvertible {
  /// The standard deviation is negative or not a number, or 0 in a truncated normal.
  case invalidStandardDeviation(Double)
  /// The bounds of a uniform distribution are in the wrong order or infinitely far apart.
  case invalidBounds(from: Double, to: Double)
  /// Kaiming's and Xavier's rules need a weight of two dimensions or more.
  case noFan(shape: [Int])
  /// The probability is not strictly between 0 and 1.
  case invalidProbability(Double)
  /// The bounds of a truncated normal contain at most 30 % of the distribution. PyTorch then uses a method that this
  /// library does not have.
  case truncatedTooFar(mean: Double, std: Double, from: Double, to: Double)

  public var description: String {
    switch self {
    case .invalidStandardDeviation(let std):
      "the standard deviation is \(std); give a positive number"
    case .invalidBounds(let from, let to):
      "nothing can be drawn between \(from) and \(to); give finite bounds, the lower one first"
    case .noFan(let shape):
      "a weight of shape \(shape) has no fan in and fan out; choose an initialiser without fans"
    case .invalidProbability(let probability):
      "no bias makes a probability of \(probability); give one between 0 and 1"
    case .truncatedTooFar(let mean, let std, let from, let to):
      "between \(from) and \(to) lies less than 30 % of a normal distribution with mean \(mean) "
        + "and standard deviation \(std); widen the bounds"
    }
  }
}
