import PthBackbones
import PthEngines
import PthTensors

/// Runs a network on images as in training and keeps the statistics of its batch norms, but no activations.
struct WitnessRun {
  let records: [NormRecord]
  let engine: any ReplayEngine
  let images: WitnessImages

  /// - Throws: `EngineError` for weights that do not fit or images too small or too large;
  ///   ``InputProblem`` if the network does not take colours.
  init(
    _ graph: ModelGraph, _ weights: StateDict, _ images: WitnessImages, engine: EngineKind,
    threads: Int
  ) throws {
    guard graph.inputChannels == 3 else {
      throw InputProblem("the network takes \(graph.inputChannels) channels, and images have 3")
    }
    try MemoryCheck.check(graph, input: [WitnessImages.batchSize, 3, images.size, images.size])
    self.engine = try engine.makeReplay(graph: graph, weights: weights, threads: threads)
    self.images = images
    records = try NormRecord.all(of: graph, weights)
  }

  /// The statistics of the first `normCount` batch norms.
  ///
  /// - Parameter progress: Called with the number of images that have been run.
  /// - Throws: what the engine throws.
  func moments(
    _ preparation: Preparation, normCount: Int? = nil, progress: ((Int) -> Void)? = nil
  ) throws -> [NormMoments] {
    let normCount = min(normCount ?? records.count, records.count)
    var result: [NormMoments] = []
    for range in images.batches {
      let found = try engine.moments(
        preparation.tensor(images.pictures[range]), normCount: normCount)
      if result.isEmpty {
        result = found
      } else {
        for index in found.indices { result[index].append(found[index]) }
      }
      progress?(range.count)
    }
    return result
  }
}
