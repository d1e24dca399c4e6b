import Glibc

/// One rule of an initialisation: the layers it applies to, and the initialisers of their weight and bias.
///
/// As in mmengine's `init_cfg`, rules are applied one after another, each to modules in the order of
/// `modules()`; a later rule overwrites the values of an earlier one.
public struct InitializationRule: Sendable, Hashable {
  /// Selects the layers that a rule applies to.
  public enum Selector: Sendable, Hashable {
    /// All layers of these types.
    case layers(Set<LayerType>)
    /// All modules whose path contains this name as whole components: a path (`layer4.0.conv1`) or a part of
    /// one (`layer4`, `bn3`). Modules inside of them are included.
    case named(String)
    /// The last norm of each residual block, before the addition.
    case lastNorms
  }

  /// The layers that the rule applies to.
  package let selector: Selector
  /// The initialiser of the weight; nil to leave the weight unchanged.
  package let weight: Initializer?
  /// The initialiser of the bias, if the layer has one; nil to leave the bias unchanged.
  package let bias: Initializer?

  /// A rule; as in mmengine, the bias becomes 0 unless another value is given.
  public init(_ selector: Selector, weight: Initializer?, bias: Initializer? = .constant(0)) {
    self.selector = selector
    self.weight = weight
    self.bias = bias
  }

  /// The `init_weights` of most implementations: convolutions are drawn (kaiming normal, fan_out, relu), norms
  /// start with weight 1 and bias 0. The offset predictors of deformable convolutions are set to 0 after
  /// they have been drawn like other convolutions, so that the random numbers agree with mmengine's.
  public static let standard: [InitializationRule] =
    [
      InitializationRule(
        .layers([.conv2d]), weight: .kaiming(mode: .fanOut, nonlinearity: .relu, .normal)),
      InitializationRule(.layers([.batchNorm, .groupNorm]), weight: .constant(1)),
    ] + offsetPredictors

  /// The rule's initialiser for a parameter; nil to leave it unchanged. As in mmengine, only parameters called
  /// `weight` and `bias` are changed.
  package func initializer(for entry: StateEntry) -> Initializer? {
    switch entry.attribute {
    case "weight": weight
    case "bias": bias
    default: nil
    }
  }
}

extension ModelGraph {
  /// Modules whose convolution weight is initialised to a constant (offset predictors), so that a checkpoint
  /// need not contain it.
  package var modulesOfConstants: Set<Int> {
    Set(
      modules.indices.filter { number in
        guard entry(.convWeight, of: modules[number]) != nil,
          let rule = initialization.last(where: { $0.selector.selects(modules[number], of: self) }),
          case .constant? = rule.weight
        else { return false }
        return true
      })
  }
}

extension InitializationRule.Selector {
  package func selects(_ module: GraphModule, of graph: ModelGraph) -> Bool {
    switch self {
    case .layers(let types): return module.operation.map { types.contains($0.layerType) } ?? false
    case .named(let name):
      // Most paths do not contain the name at all; `strstr` rejects them without building a string.
      return strstr(module.path, name) != nil && ".\(module.path).".contains(".\(name).")
    case .lastNorms:
      guard let parent = module.parent.map({ graph.modules[$0] }),
        case .block(_, let lastNorm) = parent.kind
      else { return false }
      return module.path == "\(parent.path).\(lastNorm)"
    }
  }
}
