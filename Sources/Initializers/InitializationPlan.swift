import PthBackbones

/// What a backbone's parameters are before any weights are loaded: the flavor's initialisation
/// loop, as a list of steps.
///
/// ```swift
/// var generator = Generator(seed: 0)
/// let weights = try InitializationPlan(for: graph).run(with: &generator)
/// ```
///
/// gives the state dict that a model has after `torch.manual_seed(0)` and that loop
/// (`init_weights()` in timm and mmdet), run on a model that was constructed before. Parameters
/// that no rule reaches (a classifier's `fc`, the weight of a deformable convolution) get what
/// their construction gives them, drawn after the loop.
package struct InitializationPlan: Sendable, Hashable {
  /// One parameter or buffer given values; a later step for the same one overwrites them.
  package struct Step: Sendable, Hashable {
    /// Index in ``ModelGraph/state``.
    package let entry: Int
    package let initializer: Initializer
    /// Shape of the weight of the same module, whose fans count.
    let weightShape: [Int]
  }

  package let graph: ModelGraph
  /// In the order in which random numbers are drawn.
  package let steps: [Step]
  /// For each entry of ``ModelGraph/state``, the index of its last step.
  let lastStep: [Int]

  /// - Parameter rules: what to do instead of the flavor's loop; append to
  ///   ``InitializationRule/defaults(for:)`` to do it on top.
  package init(for graph: ModelGraph, rules: [InitializationRule]? = nil) {
    var steps: [Step] = []
    var lastStep = [Int?](repeating: nil, count: graph.state.count)
    func append(_ initializer: Initializer, to entry: Int) {
      let state = graph.modules[graph.state[entry].module].state
      lastStep[entry] = steps.count
      steps.append(
        Step(
          entry: entry, initializer: initializer, weightShape: graph.state[state.lowerBound].shape))
    }
    for rule in rules ?? InitializationRule.defaults(for: graph) {
      for module in graph.modules where rule.selector.selects(module, of: graph) {
        for entry in module.state {
          if let initializer = rule.initializer(for: graph.state[entry].role) {
            append(initializer, to: entry)
          }
        }
      }
    }
    for module in graph.modules {
      for entry in module.state where lastStep[entry] == nil {
        append(module.kind.constructed(graph.state[entry].role), to: entry)
      }
    }
    self.graph = graph
    self.steps = steps
    self.lastStep = lastStep.compactMap(\.self)
  }

  /// What the entry at `index` of ``ModelGraph/state`` is initialised with, in the end.
  ///
  /// - Complexity: O(1).
  package func initializer(ofEntryAt index: Int) -> Initializer {
    steps[lastStep[index]].initializer
  }
}

extension ModuleKind {
  /// What the module's constructor gives to its parameter or buffer.
  func constructed(_ role: StateRole) -> Initializer {
    switch role {
    case .normWeight, .runningVar: return .constant(1)
    case .normBias, .runningMean, .numBatchesTracked: return .constant(0)
    case .linearWeight: return .layerDefault
    case .linearBias: return .fanInUniform
    case .convWeight:
      guard case .deformConv2d(let deform) = self else { return .layerDefault }
      // mmcv counts all input channels, whatever the groups.
      let convolution = deform.convolution
      let inputs = convolution.inChannels * convolution.kernel.height * convolution.kernel.width
      let bound = 1 / Double(inputs).squareRoot()
      return .uniform(from: -bound, to: bound)
    case .convBias:
      if case .deformConv2d = self { return .constant(0) }
      return .fanInUniform
    }
  }
}
