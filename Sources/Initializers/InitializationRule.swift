import PthBackbones
import Glibc

/// A class of layers, by its PyTorch name.
package enum LayerType: String, Sendable, Hashable, CaseIterable {
  case conv2d = "Conv2d"
  case batchNorm = "_BatchNorm"
  case groupNorm = "GroupNorm"
  case linear = "Linear"
  /// mmcv's deformable convolutions, of both versions; their offset predictor is a `Conv2d`.
  case deformConv2d = "DeformConv2d"
}

/// One entry of an initialisation: which layers, and what their weight and bias become.
///
/// This is mmengine's `init_cfg`: rules are applied one after another, each in the order of
/// `modules()`; a later one overwrites what an earlier one drew.
package struct InitializationRule: Sendable, Hashable {
  /// Which layers a rule is for.
  package enum Selector: Sendable, Hashable {
    /// All layers of these types.
    case layers(Set<LayerType>)
    /// The module of this name and all inside of it: a path (`layer4.0.conv1`) or a part of one
    /// (`layer4`, `bn3`, `conv_offset`).
    case named(String)
    /// The last norm of each residual block, before the addition.
    case lastNorms
  }

  package let selector: Selector
  /// What the weight becomes; nil to leave it.
  package let weight: Initializer?
  /// What the bias becomes, if there is one; nil to leave it.
  package let bias: Initializer?

  /// A rule; as in mmengine, the bias becomes 0 unless another value is given.
  package init(_ selector: Selector, weight: Initializer?, bias: Initializer? = .constant(0)) {
    self.selector = selector
    self.weight = weight
    self.bias = bias
  }

  /// What the backbone's own `init_weights` does when it is given no weights.
  ///
  /// All flavors draw the convolutions alike: kaiming normal, fan_out, relu. They differ in
  /// `zero_init_residual`, which sets the last norm of each block to 0 (the graph's argument tells
  /// whether it has an effect). The offset predictors of deformable convolutions become 0 after
  /// mmengine has drawn them like other convolutions.
  package static func defaults(for graph: ModelGraph) -> [InitializationRule] {
    var rules = [
      InitializationRule(
        .layers([.conv2d]), weight: .kaiming(mode: .fanOut, nonlinearity: .relu, .normal)),
      InitializationRule(.layers([.batchNorm, .groupNorm]), weight: .constant(1)),
    ]
    if graph.arguments["zero_init_residual"] == true {
      rules.append(InitializationRule(.lastNorms, weight: .constant(0)))
    }
    return rules
      + ["conv_offset", "conv2_offset"].map {
        InitializationRule(.named($0), weight: .constant(0))
      }
  }

  /// What the rule makes of a parameter; nil if it leaves it.
  func initializer(for role: StateRole) -> Initializer? {
    switch role {
    case .convWeight, .normWeight, .linearWeight: weight
    case .convBias, .normBias, .linearBias: bias
    case .runningMean, .runningVar, .numBatchesTracked: nil
    }
  }
}

extension InitializationRule.Selector {
  func selects(_ module: GraphModule, of graph: ModelGraph) -> Bool {
    switch self {
    case .layers(let types): return module.kind.layerType.map(types.contains) ?? false
    case .named(let name):
      // Rarely is the name in the path at all, which the C library sees much sooner.
      return strstr(module.path, name) != nil && ".\(module.path).".contains(".\(name).")
    case .lastNorms:
      guard let parent = module.parent.map({ graph.modules[$0] }),
        case .block(_, let lastNorm) = parent.kind
      else { return false }
      return module.path == "\(parent.path).\(lastNorm)"
    }
  }
}

extension ModuleKind {
  /// Nil for a module without parameters of its own.
  var layerType: LayerType? {
    switch self {
    case .conv2d, .offsetConv2d: .conv2d
    case .deformConv2d: .deformConv2d
    case .batchNorm2d: .batchNorm
    case .groupNorm: .groupNorm
    case .linear: .linear
    case .root, .sequential, .moduleList, .block: nil
    }
  }
}
