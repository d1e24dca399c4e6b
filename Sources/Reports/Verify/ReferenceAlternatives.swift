import OrderedCollections
import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// Other readings of a checkpoint, tried where the original's outputs are not the target's: what
/// names and shapes cannot tell may be otherwise than assumed.
struct ReferenceAlternatives {
  let stateDict: StateDict
  let target: ModelGraph
  let options: MappingOptions
  let input: Tensor
  let expected: StateDict
  let engine: EngineKind
  let threads: Int
  /// The largest relative L2 error of each output.
  let tolerance: (String) -> Double

  private struct Candidate {
    let options: String
    let graph: ModelGraph
  }

  /// What agrees with the reference, the closest first; if nothing does, what has its shapes although
  /// the target has not.
  ///
  /// - Throws: what mapping, reading tensors and running the engine throw.
  func tried() throws -> [VerifyReport.Alternative] {
    var found: [VerifyReport.Alternative] = []
    for candidate in candidates where fits(candidate.graph) {
      // A dilated network takes many times the memory.
      guard (try? MemoryCheck.check(candidate.graph, input: input.shape)) != nil else { continue }
      let mapping = try KeyMapping(of: stateDict, to: candidate.graph, options: options)
      guard mapping.report.missing.isEmpty, mapping.report.mismatched.isEmpty else { continue }
      let weights = try LoadedBackbone(mapping, from: stateDict, seed: 0).weights
      let outputs = try engine.make(graph: candidate.graph, weights: weights, threads: threads)
        .run(input, observe: nil)
      let stages = try StageReport.all(outputs, expected: expected, tolerance: tolerance)
      found.append(
        .init(
          options: candidate.options, stages: stages.map(\.name),
          agrees: !stages.isEmpty && stages.allSatisfy(\.passes), worstError: stages.worstError))
    }
    let agreeing = found.filter(\.agrees).sorted { $0.worstError < $1.worstError }
    if !agreeing.isEmpty { return agreeing }
    return fits(target) ? [] : found
  }

  private func fits(_ graph: ModelGraph) -> Bool {
    guard let shapes = try? ReferenceShapes(graph, input) else { return false }
    return shapes.firstMisfit(expected) == nil
  }

  /// Graphs that compute something else than the target and than each other, those with fewest
  /// changes first.
  private var candidates: [Candidate] {
    guard let definition = options.registry.definitions.first(where: { $0.name == target.backbone })
    else { return [] }
    let own = ownArguments
    var seen = [target]
    var found: [(changes: Int, candidate: Candidate)] = []
    for changes in [[:]] + definition.alternatives {
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
              guard changes[name] == nil, let value = graph.arguments[name],
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
            Candidate(options: words.joined(separator: " "), graph: graph)
          ))
      }
    }
    return found.enumerated()
      .sorted { ($0.element.changes, $0.offset) < ($1.element.changes, $1.offset) }
      .map(\.element.candidate)
  }

  /// The target's arguments without those that its flavor sets by itself: another flavor has its
  /// own values for them.
  private var ownArguments: BackboneArguments {
    var own = target.portableArguments
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
    try? options.registry.makeGraph(target.backbone, arguments: arguments, flavor: flavor)
  }

  /// The argument as the command line takes it.
  private static func option(_ name: String, _ value: ArgumentValue) -> String {
    let text = value.commandLineText
    return text.contains(where: { " ()[]".contains($0) })
      ? "--arg '\(name)=\(text)'" : "--arg \(name)=\(text)"
  }
}
