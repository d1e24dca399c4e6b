import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// Verifies a network without the original's outputs, by the statistics that its batch norms recorded in training.
///
/// The network is run on images as in training, and the statistics of each batch are compared with the recorded ones.
struct Witness {
  let stateDict: StateDict
  let mapping: KeyMapping
  let options: MappingOptions
  let images: WitnessImages
  let engine: EngineKind
  let threads: Int

  /// - Parameters:
  ///   - weights: The target's weights.
  ///   - progress: Called with the number of images that went through a network since the last call.
  /// - Throws: The errors of mapping, of reading tensors and of the engine.
  func report(_ weights: StateDict, progress: ((Int) -> Void)?) throws -> StatisticsReport {
    let target = mapping.target
    let run = try WitnessRun(target, weights, images, engine: engine, threads: threads)
    let resamples = Resamples(imageCount: images.pictures.count)
    let preparation = try PreparationFinding(run, asksForOrder: false, resamples: resamples)
    let moments = try run.moments(preparation.preparation, progress: progress)
    let norms = NormFigures.judged(
      zip(run.records, moments).map { NormFigures($0, $1, resamples) })
    let recorded = run.records.filter { !$0.isUnrecorded }
    let seenStages = Set(recorded.map(\.node.stage))
    var rivals: [Rival] = []
    var exchanges: [StatisticsReport.Exchange] = []
    if !recorded.isEmpty {
      let own = observations(run, moments, mapping)
      for candidate in TargetAlternatives(target: target, registry: options.registry).candidates {
        if let rival = try rival(candidate, of: own, preparation.preparation) {
          rivals.append(rival)
        }
        progress?(images.pictures.count)
      }
      exchanges = try self.exchanges(
        run, moments, weights, preparation.preparation, progress: progress)
    }
    return StatisticsReport(
      engine: engine.rawValue, imageCount: images.pictures.count, foundCount: images.foundCount,
      unreadable: images.unreadable, repeatedCount: images.repeatedCount, size: images.size,
      preparation: preparation, norms: norms,
      alternatives: try ranked(rivals),
      unseenStages: target.stages.filter { $0 != .head && !seenStages.contains($0) }
        .map(\.description), lastNorm: recorded.last?.node.name,
      exchanges: exchanges)
  }

  /// The number of networks that all images are run through.
  var passes: Int {
    1 + TargetAlternatives(target: mapping.target, registry: options.registry).candidates.count
      + mapping.target.addedNorms.count
  }

  private typealias Observation = PairedComparison.Observation

  /// The statistics of each norm by the file's key of its running mean, since flavors name their norms differently.
  private func observations(
    _ run: WitnessRun, _ moments: [NormMoments], _ mapping: KeyMapping
  ) -> [String: Observation] {
    let load = mapping.report
    var sources: [String: String] = [:]
    for item in load.loaded {
      sources[String(item.target.dropFirst(load.targetPrefix.count))] = item.source
    }
    var result: [String: Observation] = [:]
    for (record, seen) in zip(run.records, moments) {
      let mean = mapping.target.entry(.runningMean, of: record.node)
      if let source = mean.flatMap({ sources[$0.name] }) { result[source] = (record, seen) }
    }
    return result
  }

  /// An alternative network with the statistics of its norms.
  private struct Rival {
    var alternative: StatisticsReport.Alternative
    let graph: ModelGraph
    let observations: [String: Observation]
  }

  /// Runs a candidate and compares it with the target. Nil if the file does not fill the candidate or if memory does
  /// not suffice.
  private func rival(
    _ candidate: TargetAlternatives.Candidate, of own: [String: Observation],
    _ preparation: Preparation
  ) throws -> Rival? {
    let other = try KeyMapping(of: stateDict, to: candidate.graph, options: options)
    guard other.report.missing.isEmpty, other.report.mismatched.isEmpty else { return nil }
    let weights = try LoadedBackbone(other, from: stateDict, seed: 0).weights
    let run: WitnessRun
    do {
      run = try WitnessRun(candidate.graph, weights, images, engine: engine, threads: threads)
    } catch is EngineError {
      // A dilated network can take many times the memory of the target.
      return nil
    }
    let others = observations(run, try run.moments(preparation), other)
    let comparison = try comparison((mapping.target, own), (candidate.graph, others))
    return Rival(
      alternative: .init(
        change: candidate.change, answer: comparison.alternativeAnswer,
        ratio: comparison.ratio, deviations: comparison.deviations),
      graph: candidate.graph, observations: others)
  }

  private typealias Observed = (graph: ModelGraph, observations: [String: Observation])

  private func comparison(
    _ first: Observed, _ second: Observed
  ) throws -> PairedComparison {
    let names = first.observations.keys.filter { second.observations[$0] != nil }.sorted()
    let isAlike = try resolutions(of: first.graph) == resolutions(of: second.graph)
    return PairedComparison(
      names.compactMap { first.observations[$0] }, names.compactMap { second.observations[$0] },
      by: .alongTheDifference(sameResolution: isAlike))
  }

  /// Height and width of each output of a network.
  private func resolutions(of graph: ModelGraph) throws -> [[Int]] {
    let shapes = try graph.shapes(input: [1, graph.inputChannels, images.size, images.size])
    return graph.outputs.map { Array(shapes[$0.value.id].dropFirst(2)) }
  }

  /// The alternatives with ``StatisticsReport/Alternative/isBest`` set.
  ///
  /// The best alternatives beat the target and are beaten by no other alternative. If there are any, alternatives that
  /// the statistics distinguish neither from the target nor from the better ones are marked as well: with few images
  /// the file's own network may be among them.
  private func ranked(
    _ rivals: [Rival]
  ) throws -> [StatisticsReport.Alternative] {
    let better = rivals.indices.filter { rivals[$0].alternative.answer == .better }
    var beaten: Set<Int> = []
    for (place, one) in better.enumerated() {
      for other in better[(place + 1)...] {
        let comparison = try comparison(
          (rivals[one].graph, rivals[one].observations),
          (rivals[other].graph, rivals[other].observations))
        switch comparison.answer {
        case .first: beaten.insert(other)
        case .second: beaten.insert(one)
        case .neither: break
        }
      }
    }
    // If each better one is beaten by another, all are marked: the target is not the best in any case.
    if beaten.count == better.count { beaten = [] }
    var result = rivals.map(\.alternative)
    for index in better { result[index].isBest = !beaten.contains(index) }
    guard !better.isEmpty else { return result }
    for index in rivals.indices where rivals[index].alternative.answer == .untold {
      result[index].isBest = try better.allSatisfy { other in
        try comparison(
          (rivals[other].graph, rivals[other].observations),
          (rivals[index].graph, rivals[index].observations)
        ).answer != .first
      }
    }
    return result
  }
}

extension PairedComparison {
  /// The answer where the target is the first hypothesis.
  var alternativeAnswer: StatisticsReport.Alternative.Answer {
    switch answer {
    case .first: .worse
    case .second: .better
    case .neither: .untold
    }
  }
}
