import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// Other networks that a checkpoint may hold, tried when the target's outputs differ from the reference:
/// arguments that no name or shape shows may have other values than assumed.
struct ReferenceAlternatives {
  let stateDict: StateDict
  let target: ModelGraph
  let options: MappingOptions
  let input: Tensor
  let expected: StateDict
  let engine: EngineKind
  let threads: Int
  /// The largest relative L2 error allowed for an output, by its name.
  let tolerance: (String) -> Double

  /// The alternatives that agree with the reference, the closest first. If none agrees and the target's output
  /// shapes differ from the reference's, all alternatives with the reference's shapes.
  ///
  /// - Throws: The errors of mapping, of reading tensors and of the engine.
  func tried() throws -> [VerifyReport.Alternative] {
    var found: [VerifyReport.Alternative] = []
    let candidates = TargetAlternatives(target: target, registry: options.registry).candidates
    for candidate in candidates where fits(candidate.graph) {
      // A dilated network can take many times the memory of the target.
      guard (try? MemoryCheck.check(candidate.graph, input: input.shape)) != nil else { continue }
      let mapping = try KeyMapping(of: stateDict, to: candidate.graph, options: options)
      guard mapping.report.missing.isEmpty, mapping.report.mismatched.isEmpty else { continue }
      let weights = try LoadedBackbone(mapping, from: stateDict, seed: 0).weights
      let outputs = try engine.make(graph: candidate.graph, weights: weights, threads: threads)
        .run(input, observe: nil)
      let stages = try StageReport.all(outputs, expected: expected, tolerance: tolerance)
      found.append(
        .init(
          change: candidate.change, stages: stages.map(\.name),
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
}
