import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// Asks the file itself: runs its network on images as in training, and holds what the batch norms see
/// against what they recorded.
struct Witness {
  let stateDict: StateDict
  let mapping: KeyMapping
  let options: MappingOptions
  let images: WitnessImages
  let engine: EngineKind
  let threads: Int

  /// - Parameters:
  ///   - weights: The target's.
  ///   - progress: Called with the number of images that have gone through the network.
  /// - Throws: what mapping, reading tensors and the engine throw.
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
    if !recorded.isEmpty {
      let own = observations(run, moments, mapping)
      for candidate in TargetAlternatives(target: target, registry: options.registry).candidates {
        if let rival = try rival(candidate, of: own, preparation.preparation, resamples) {
          rivals.append(rival)
        }
        progress?(images.pictures.count)
      }
    }
    return StatisticsReport(
      engine: engine.rawValue, imageCount: images.pictures.count, foundCount: images.foundCount,
      unreadable: images.unreadable, size: images.size, preparation: preparation, norms: norms,
      alternatives: Self.ranked(rivals, resamples),
      unseenStages: target.stages.filter { $0 != .head && !seenStages.contains($0) }
        .map(\.description), lastNorm: recorded.last?.node.name)
  }

  /// The times that all images go through a network.
  var passes: Int {
    1 + TargetAlternatives(target: mapping.target, registry: options.registry).candidates.count
  }

  private typealias Observation = (record: NormRecord, moments: NormMoments)

  /// What each norm saw, by the file's name of its running mean: other implementations call their norms
  /// otherwise.
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

  /// Another network with what its norms saw.
  private struct Rival {
    var alternative: StatisticsReport.Alternative
    let observations: [String: Observation]
    /// The divergence from what was recorded, over the norms that it shares with the target.
    let divergence: Double
  }

  /// Nil if the file does not fill the candidate, or it cannot be run.
  private func rival(
    _ candidate: TargetAlternatives.Candidate, of own: [String: Observation],
    _ preparation: Preparation, _ resamples: Resamples
  ) throws -> Rival? {
    let other = try KeyMapping(of: stateDict, to: candidate.graph, options: options)
    guard other.report.missing.isEmpty, other.report.mismatched.isEmpty else { return nil }
    let weights = try LoadedBackbone(other, from: stateDict, seed: 0).weights
    let run: WitnessRun
    do {
      run = try WitnessRun(candidate.graph, weights, images, engine: engine, threads: threads)
    } catch is EngineError {
      // A dilated network takes many times the memory.
      return nil
    }
    let others = observations(run, try run.moments(preparation), other)
    let comparison = Self.comparison(own, others, resamples)
    let answer: StatisticsReport.Alternative.Answer =
      switch comparison.answer {
      case .first: .worse
      case .second: .better
      case .neither: .untold
      }
    let deviations = abs(comparison.difference) / max(comparison.deviation, .leastNormalMagnitude)
    return Rival(
      alternative: .init(
        options: candidate.options, arguments: candidate.arguments, answer: answer,
        ratio: comparison.ratio, deviations: deviations),
      observations: others, divergence: comparison.total)
  }

  private static func comparison(
    _ first: [String: Observation], _ second: [String: Observation], _ resamples: Resamples
  ) -> PairedComparison {
    let pairs = first.keys.sorted().compactMap { name in
      first[name].flatMap { own in second[name].map { (own, $0) } }
    }
    return PairedComparison(
      pairs.map { ($0.0.record, $0.0.moments) }, pairs.map { ($0.1.record, $0.1.moments) },
      resamples)
  }

  /// The alternatives, with those marked as best that no other one is better than.
  private static func ranked(
    _ rivals: [Rival], _ resamples: Resamples
  ) -> [StatisticsReport.Alternative] {
    let better = rivals.indices.filter { rivals[$0].alternative.answer == .better }
    guard let best = better.min(by: { rivals[$0].divergence < rivals[$1].divergence }) else {
      return rivals.map(\.alternative)
    }
    var result = rivals.map(\.alternative)
    for index in better {
      result[index].isBest =
        index == best
        || comparison(rivals[best].observations, rivals[index].observations, resamples).answer
          != .first
    }
    return result
  }
}
