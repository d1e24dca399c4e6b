/// The fan that scales an initialisation: fan-in keeps the variance of activations, fan-out that of gradients.
public enum FanMode: String, Sendable, Hashable, CaseIterable {
  case fanIn = "fan_in"
  case fanOut = "fan_out"
}

/// A nonlinearity by its name in `torch.nn.functional`.
public enum Nonlinearity: String, Sendable, Hashable, CaseIterable {
  case linear, sigmoid, tanh, relu, selu
  case leakyReLU = "leaky_relu"

  /// `torch.nn.init.calculate_gain`.
  ///
  /// - Parameter negativeSlope: the slope of the leaky ReLU; other nonlinearities ignore it.
  package func gain(negativeSlope: Double = 0.01) -> Double {
    switch self {
    case .linear, .sigmoid: 1
    case .tanh: 5.0 / 3
    case .relu: 2.0.squareRoot()
    case .leakyReLU: (2 / (1 + negativeSlope * negativeSlope)).squareRoot()
    case .selu: 3.0 / 4
    }
  }
}
