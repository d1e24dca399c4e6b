import OrderedCollections
import PthBackbones
import PthKeyMapping

/// Networks with a target's keys that compute something else: what names and shapes cannot tell may be
/// otherwise than assumed.
struct TargetAlternatives {
  let target: ModelGraph
  let registry: BackboneRegistry

  struct Candidate {
    /// The options that ask for it: `--flavor mmdet`, `--arg style=caffe`.
    let options: String
    /// Arguments in which it was asked to differ.
    let arguments: [String]
    let graph: ModelGraph
  }

  /// Graphs that compute something else than the target and than each other, those with fewest
  /// changes first.
  var candidates: [Candidate] {
    guard let definition = registry.definition(named: target.backbone)
    else { return [] }
    let own = ownArguments
    var seen = [target]
    var found: [(changes: Int, candidate: Candidate)] = []
    for changes in [[:]] + definition.alternatives.map(fitted) {
      for flavor in definition.flavors {
        let isOther = flavor != target.flavor
        guard let graph = graph(own.merging(changes), flavor),
          !seen.contains(where: { $0.firstDifference(from: graph) == nil })
        else { continue }
        seen.append(graph)
        // A flavor has defaults of its own; what the target was asked to be still holds for it.
        let implied =
          !isOther
          ? []
          : Set(definition.alternatives.flatMap(\.names)).sorted()
            .compactMap { name -> (String, ArgumentValue)? in
              guard changes[name] == nil, definition.publishedArguments[name] != nil,
                let value = graph.arguments[name],
                let given = target.arguments[name], value != given,
                let other = self.graph(own.merging(changes).merging([name: given]), flavor),
                other.firstDifference(from: graph) != nil
              else { return nil }
              return (name, value)
            }
        let words =
          (isOther ? ["--flavor \(flavor)"] : [])
          + (Array(changes.values) + implied).map(Self.option)
        found.append(
          (
            changes.values.count + (isOther ? 1 : 0),
            Candidate(
              options: words.joined(separator: " "), arguments: Array(changes.values.keys),
              graph: graph)
          ))
      }
    }
    return found.enumerated()
      .sorted { ($0.element.changes, $0.offset) < ($1.element.changes, $1.offset) }
      .map(\.element.candidate)
  }

  /// Lists as long as the target's: it may have fewer stages than the published network.
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

  /// The target's arguments without those that its flavor sets by itself: another flavor has its
  /// own values for them.
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

  /// The argument as the command line takes it.
  private static func option(_ name: String, _ value: ArgumentValue) -> String {
    let text = value.commandLineText
    return text.contains(where: { " ()[]".contains($0) })
      ? "--arg '\(name)=\(text)'" : "--arg \(name)=\(text)"
  }
}
