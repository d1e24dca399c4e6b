import OrderedCollections
import PthBackbones

/// The result of aligning a file without usable names.
enum NamelessAlignment {
  /// No order of shapes fits.
  case none
  /// All that fit agree.
  case only(Alignment)
  /// Some that fit disagree; their descriptions.
  case several([String])

  /// The share of the target's keys that must be found by name for the names to count as there.
  private static let nameShare = 0.05

  /// Whether so few names mean anything that the order of shapes should be tried.
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
    // Flavors with the same order are one fit under several names.
    let agree = found.allSatisfy { $0.sources == first.sources }
    self = agree ? .only(first) : .several(found.map(\.candidate))
  }
}
