import OrderedCollections
import PthBackbones

/// The result of aligning a file without usable names.
enum NamelessAlignment {
  /// No order of shapes fits.
  case none
  /// One alignment fits, or all that fit assign the same tensors.
  case only(Alignment)
  /// Alignments that fit differ; with their descriptions.
  case several([String])

  /// The share of the target's keys found by name from which on names are usable.
  private static let nameShare = 0.05

  /// Whether so few keys are found by name that the order of shapes should be tried.
  static func isCalledFor(by decisions: Decisions, _ target: ModelGraph) -> Bool {
    Double(decisions.loadedCount) < Double(target.state.count) * nameShare
  }

  /// Tries the target's backbone in the registration order of every flavor.
  ///
  /// - Complexity: O(flavors × sources × target keys) at worst.
  init(_ keys: [SourceKey], to target: TargetIndex, _ registry: BackboneRegistry) {
    let graph = target.graph
    let flavors = registry.definition(named: graph.backbone)?.flavors ?? []
    let arguments = registry.arguments(making: graph)
    let others = flavors.filter { $0 != graph.flavor }.compactMap {
      try? registry.makeGraph(graph.backbone, arguments: arguments, flavor: $0)
    }
    let found = Alignment.all(of: keys, to: target, as: [graph] + others)
    guard let first = found.first else {
      self = .none
      return
    }
    // Flavors with the same registration order give the same alignment.
    let agree = found.allSatisfy { $0.sources == first.sources }
    self = agree ? .only(first) : .several(found.map(\.candidate))
  }
}
