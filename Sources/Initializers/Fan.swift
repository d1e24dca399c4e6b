import Glibc
import PthBackbones

/// Fan-in and fan-out of a layer's weight.
struct Fan {
  let `in`: Double
  let out: Double

  /// PyTorch's `_calculate_fan_in_and_fan_out`: `shape[1]` and `shape[0]`, each times the product of `shape[2…]`.
  /// Groups are ignored.
  ///
  /// - Throws: ``InitializationError/noFan(shape:)`` for fewer than two dimensions.
  init(ofWeight shape: [Int]) throws(InitializationError) {
    guard shape.count >= 2 else { throw .noFan(shape: shape) }
    let area = shape.dropFirst(2).reduce(1.0) { $0 * Double($1) }
    self.in = Double(shape[1]) * area
    out = Double(shape[0]) * area
  }

  subscript(mode: FanMode) -> Double {
    switch mode {
    case .fanIn: `in`
    case .fanOut: out
    }
  }
}

extension Initializer {
  /// mmengine's `bias_init_with_prob`: the bias whose sigmoid is `probability`, used for
  /// classification layers so that training does not start with many false positives.
  ///
  /// - Parameter probability: between 0 and 1, both excluded.
  /// - Throws: ``InitializationError/invalidProbability(_:)`` for any other value.
  package static func bias(
    forProbability probability: Double
  ) throws(InitializationError) -> Initializer {
    guard probability > 0, probability < 1 else { throw .invalidProbability(probability) }
    return .constant(-log((1 - probability) / probability))
  }
}
