import OrderedCollections
import PthBackbones
import PthKeyMapping

/// Networks with the same keys as a target that compute something else: arguments that no name or shape shows may
/// have other values than assumed.
package struct TargetAlternatives {
  let target: ModelGraph
  let registry: BackboneRegistry

  package init(target: ModelGraph, registry: BackboneRegistry) {
    self.target = target
    self.registry = registry
  }

  package struct Candidate {
    package let change: TargetChange
    package let graph: ModelGraph
  }

  /// Graphs whose nodes differ from the target's and from each other's, the fewest changes first.
  package var candidates: [Candidate] {
    guard let definition = registry.definition(named: target.backbone)
    else { return [] }
    let own = ownArguments
    var seen = [target]
    var found: [Candidate] = []
    // The target's own flavor first: what two implementations compute alike needs no other one.
    let flavors =
      definition.flavors.filter { $0 == target.flavor }
      + definition.flavors.filter { $0 != target.flavor }
    for changes in [[:]] + definition.alternatives.map(fitted) {
      for flavor in flavors {
        let isOther = flavor != target.flavor
        guard let graph = graph(own.merging(changes), flavor),
          !seen.contains(where: { $0.firstDifference(from: graph) == nil })
        else { continue }
        seen.append(graph)
        // Another flavor has other defaults. The candidate names the ones that change its nodes.
        var implied = BackboneArguments()
        for name in isOther ? Set(definition.alternatives.flatMap(\.names)).sorted() : [] {
          guard changes[name] == nil, definition.publishedArguments[name] != nil,
            let value = graph.arguments[name],
            let given = target.arguments[name], value != given,
            let other = self.graph(own.merging(changes).merging([name: given]), flavor),
            other.firstDifference(from: graph) != nil
          else { continue }
          implied[name] = value
        }
        found.append(
          Candidate(
            change: TargetChange(
              flavor: isOther ? flavor : nil, arguments: changes, implied: implied),
            graph: graph))
      }
    }
    return found.enumerated().sorted {
      ($0.element.change.count, $0.offset) < ($1.element.change.count, $1.offset)
    }.map(\.element)
  }

  /// The changes with lists cut to the target's length, since the target may have fewer stages than the published
  /// network.
  private func fitted(_ changes: BackboneArguments) -> BackboneArguments {
    var result = changes
    for (name, value) in changes.values {
      guard let list = value.integers, let own = target.arguments[name]?.integers,
        own.count < list.count
      else { continue }
      result[name] = ArgumentValue(Array(list.prefix(own.count)))
    }
    return result
  }

  /// The target's arguments without its flavor's defaults, so that another flavor can use its own.
  private var ownArguments: BackboneArguments {
    var own = registry.arguments(making: target)
    for name in own.names {
      var fewer = BackboneArguments()
      for (other, value) in own.values where other != name { fewer[other] = value }
      guard let graph = graph(fewer, target.flavor), graph.keyShapes == target.keyShapes,
        graph.firstDifference(from: target) == nil
      else { continue }
      own = fewer
    }
    return own
  }

  private func graph(_ arguments: BackboneArguments, _ flavor: Flavor) -> ModelGraph? {
    try? registry.makeGraph(target.backbone, arguments: arguments, flavor: flavor)
  }
}
