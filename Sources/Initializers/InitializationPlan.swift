import PthBackbones

/// The initial values of a backbone's parameters: the flavor's initialisation loop, as a list of
/// steps.
///
/// ```swift
/// var generator = Generator(seed: 0)
/// let weights = try InitializationPlan(for: graph).run(with: &generator)
/// ```
///
/// gives the state dict of an already constructed model after `torch.manual_seed(0)` and the loop (`init_weights()` in
/// timm and mmdet). Parameters without a rule (a classifier's `fc`, the weight of a deformable convolution) get the
/// initial values of their module's constructor, drawn after the loop.
package struct InitializationPlan: Sendable, Hashable {
  /// Sets the values of one parameter or buffer; a later step for the same entry overwrites them.
  package struct Step: Sendable, Hashable {
    /// Index in ``ModelGraph/state``.
    package let entry: Int
    package let initializer: Initializer
    /// Shape of the weight of the same module, from which fans are computed.
    let weightShape: [Int]
  }

  package let graph: ModelGraph
  /// The steps in the order in which random numbers are drawn.
  package let steps: [Step]
  /// For each entry of ``ModelGraph/state``, the index of its last step.
  let lastStep: [Int]

  /// - Parameter rules: rules in place of the flavor's loop; nil for ``ModelGraph/initialization``.
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
    for rule in rules ?? graph.initialization {
      for module in graph.modules where rule.selector.selects(module, of: graph) {
        for entry in module.state {
          if let initializer = rule.initializer(for: graph.state[entry]) {
            append(initializer, to: entry)
          }
        }
      }
    }
    for module in graph.modules {
      for entry in module.state where lastStep[entry] == nil {
        append(graph.state[entry].declaration.initializer, to: entry)
      }
    }
    self.graph = graph
    self.steps = steps
    self.lastStep = lastStep.compactMap(\.self)
  }

  /// The last initializer of the entry at `index` of ``ModelGraph/state``.
  ///
  /// - Complexity: O(1).
  package func initializer(ofEntryAt index: Int) -> Initializer {
    steps[lastStep[index]].initializer
  }
}
