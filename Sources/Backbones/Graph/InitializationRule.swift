import Glibc

/// One entry of an initialisation: which layers, and what their weight and bias become.
///
/// This is mmengine's `init_cfg`: rules are applied one after another, each in the order of
/// `modules()`; a later one overwrites what an earlier one drew.
public struct InitializationRule: Sendable, Hashable {
  /// Which layers a rule is for.
  public enum Selector: Sendable, Hashable {
    /// All layers of these types.
    case layers(Set<LayerType>)
    /// The module of this name and all inside of it: a path (`layer4.0.conv1`) or a part of one
    /// (`layer4`, `bn3`).
    case named(String)
    /// The last norm of each residual block, before the addition.
    case lastNorms
  }

  /// Which layers it is for.
  package let selector: Selector
  /// The weight's new values; nil to leave it.
  package let weight: Initializer?
  /// The bias's new values, if there is one; nil to leave it.
  package let bias: Initializer?

  /// A rule; as in mmengine, the bias becomes 0 unless another value is given.
  public init(_ selector: Selector, weight: Initializer?, bias: Initializer? = .constant(0)) {
    self.selector = selector
    self.weight = weight
    self.bias = bias
  }

  /// The initialisation of most implementations (`init_weights`): convolutions are drawn (kaiming
  /// normal, fan_out, relu), norms start as the identity. The offset predictors of deformable
  /// convolutions become 0 after mmengine has drawn them like other convolutions.
  public static let standard: [InitializationRule] =
    [
      InitializationRule(
        .layers([.conv2d]), weight: .kaiming(mode: .fanOut, nonlinearity: .relu, .normal)),
      InitializationRule(.layers([.batchNorm, .groupNorm]), weight: .constant(1)),
    ] + offsetPredictors

  /// The initializer that the rule has for a parameter; nil if it leaves it. Like mmengine's
  /// functions, it looks for a module's `weight` and `bias`.
  package func initializer(for entry: StateEntry) -> Initializer? {
    switch entry.attribute {
    case "weight": weight
    case "bias": bias
    default: nil
    }
  }
}

extension ModelGraph {
  /// Modules whose convolution starts as a constant whatever is drawn: nothing has to be loaded into them.
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
