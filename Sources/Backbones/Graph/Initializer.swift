/// How a parameter's initial values are made: a function of `torch.nn.init` with its arguments, as data.
public enum Initializer: Sendable, Hashable {
  /// The shape of a distribution.
  public enum Distribution: String, Sendable, Hashable, CaseIterable {
    case normal, uniform
  }

  /// `constant_`.
  case constant(Double)
  /// `uniform_`: between `from` and `to`.
  case uniform(from: Double, to: Double)
  /// `normal_`.
  case normal(mean: Double, std: Double)
  /// `trunc_normal_`: normals, redrawn until all are between `from` and `to`.
  case truncNormal(mean: Double, std: Double, from: Double, to: Double)
  /// `xavier_normal_` and `xavier_uniform_` (Glorot and Bengio, 2010).
  case xavier(gain: Double = 1, Distribution)
  /// `kaiming_normal_` and `kaiming_uniform_` (He et al., 2015); `a` is the negative slope of a
  /// leaky ReLU; other nonlinearities ignore it.
  case kaiming(
    a: Double = 0, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU, Distribution)
  /// Uniform between ±1 / √fan_in with the fan-in of the layer's weight: the initial bias of a constructed
  /// `nn.Conv2d` or `nn.Linear`.
  case fanInUniform

  /// The initial weight of a constructed `nn.Conv2d` or `nn.Linear`: `kaiming_uniform_` with `a` =
  /// √5.
  package static let layerDefault: Initializer = .kaiming(a: 5.0.squareRoot(), .uniform)

  /// mmengine's `Caffe2Xavier`.
  package static let caffe2Xavier: Initializer = .kaiming(a: 1, .uniform)

  /// The name of the function in `torch.nn.init`.
  package var name: String {
    switch self {
    case .constant: "constant_"
    case .uniform, .fanInUniform: "uniform_"
    case .normal: "normal_"
    case .truncNormal: "trunc_normal_"
    case .xavier(_, let distribution): "xavier_\(distribution)_"
    case .kaiming(_, _, _, let distribution): "kaiming_\(distribution)_"
    }
  }
}

extension Initializer: CustomStringConvertible {
  /// The initialiser in reports, such as `kaiming normal, fan_out, relu` or `constant 1`.
  public var description: String {
    switch self {
    case .constant(let value): return "constant \(short(value))"
    case .uniform(let from, let to): return "uniform, \(short(from)) to \(short(to))"
    case .normal(let mean, let std): return "normal, mean \(short(mean)), std \(short(std))"
    case .truncNormal(let mean, let std, let from, let to):
      return
        "truncated normal, mean \(short(mean)), std \(short(std)), \(short(from)) to \(short(to))"
    case .xavier(let gain, let distribution):
      return "xavier \(distribution)" + (gain == 1 ? "" : ", gain \(short(gain))")
    case .kaiming(let a, let mode, let nonlinearity, let distribution):
      let slope = nonlinearity == .leakyReLU ? ", a \(short(a))" : ""
      return "kaiming \(distribution), \(mode.rawValue), \(nonlinearity.rawValue)\(slope)"
    case .fanInUniform: return "uniform, ±1/√fan_in"
    }
  }
}

/// A number without a trailing `.0`; −0 is printed as 0.
private func short(_ value: Double) -> String {
  let text = "\(value + 0)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
