import PthBackbones
import Glibc

/// An initialiser with the numbers for one shape: fans are already replaced by bounds or deviations.
enum ResolvedDistribution {
  case constant(Double)
  case uniform(from: Double, to: Double)
  case normal(mean: Double, std: Double)
  case truncNormal(mean: Double, std: Double, from: Float, to: Float)

  /// - Parameter weightShape: the shape of the layer's weight, from which fans are computed.
  init(_ initializer: Initializer, weightShape: [Int]) throws(InitializationError) {
    switch initializer {
    case .constant(let value): self = .constant(value)
    case .uniform(let from, let to): self = .uniform(from: from, to: to)
    case .normal(let mean, let std): self = .normal(mean: mean, std: std)
    case .truncNormal(let mean, let std, let from, let to):
      // PyTorch uses another sampling method if the bounds contain at most 30 % of the distribution.
      guard std > 0 else { throw .invalidStandardDeviation(std) }
      guard cumulative((to - mean) / std) - cumulative((from - mean) / std) > 0.3 else {
        throw .truncatedTooFar(mean: mean, std: std, from: from, to: to)
      }
      self = .truncNormal(mean: mean, std: std, from: Float(from), to: Float(to))
    case .xavier(let gain, let distribution):
      let fan = try Fan(ofWeight: weightShape)
      self.init(std: gain * (2 / (fan.in + fan.out)).squareRoot(), distribution)
    case .kaiming(let a, let mode, let nonlinearity, let distribution):
      let fan = try Fan(ofWeight: weightShape)[mode]
      self.init(std: nonlinearity.gain(negativeSlope: a) / fan.squareRoot(), distribution)
    case .fanInUniform:
      let bound = 1 / (try Fan(ofWeight: weightShape)).in.squareRoot()
      self = .uniform(from: -bound, to: bound)
    }
  }

  private init(std: Double, _ distribution: Initializer.Distribution) {
    switch distribution {
    case .normal: self = .normal(mean: 0, std: std)
    case .uniform:
      let bound = 3.0.squareRoot() * std
      self = .uniform(from: -bound, to: bound)
    }
  }
}

/// The standard normal cumulative distribution function.
private func cumulative(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }

extension Generator {
  /// Fills a contiguous float32 tensor like the initialiser's function in `torch.nn.init`.
  ///
  /// - Parameter weightShape: the shape of the layer's weight; differs from the tensor's own only for a bias.
  /// - Throws: ``InitializationError`` if the initialiser's numbers are impossible, or if it needs
  ///   fans and the weight has fewer than two dimensions.
  package mutating func fill(
    _ values: UnsafeMutableBufferPointer<Float>, with initializer: Initializer, weightShape: [Int]
  ) throws(InitializationError) {
    if values.isEmpty { return }
    switch try ResolvedDistribution(initializer, weightShape: weightShape) {
    case .constant(let value): values.update(repeating: Float(value))
    case .uniform(let from, let to): try fillUniform(values, from: Float(from), to: Float(to))
    case .normal(let mean, let std): try fillNormal(values, mean: mean, std: std)
    case .truncNormal(let mean, let std, let from, let to):
      try fillNormal(values, mean: mean, std: std)
      let redrawn = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
      defer { redrawn.deallocate() }
      let accepted = from...to
      while !values.allSatisfy(accepted.contains) {
        try fillNormal(redrawn, mean: mean, std: std)
        for index in values.indices where !accepted.contains(values[index]) {
          values[index] = redrawn[index]
        }
      }
    }
  }

  /// Skips the random numbers that filling `count` elements would use.
  ///
  /// - Throws: the errors of ``fill(_:with:weightShape:)``.
  mutating func skip(
    _ count: Int, of initializer: Initializer, weightShape: [Int]
  ) throws(InitializationError) {
    if count == 0 { return }
    switch try ResolvedDistribution(initializer, weightShape: weightShape) {
    case .constant: return
    case .uniform: engine.skip(count)
    case .normal where count >= 16: engine.skip(count + (count % 16 == 0 ? 0 : 16))
    case .normal, .truncNormal:
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      defer { values.deallocate() }
      try fill(values, with: initializer, weightShape: weightShape)
    }
  }
}
