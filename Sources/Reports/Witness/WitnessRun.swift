import PthBackbones
import PthEngines
import PthTensors

/// Runs a network on images as in training and keeps only the statistics of its batch norms.
struct WitnessRun {
  let records: [NormRecord]
  let engine: any ReplayEngine
  let images: WitnessImages

  /// - Throws: `EngineError` if the weights do not fit the graph, or if the images are too small for it or too large
  ///   for memory; ``InputProblem`` if the network does not take 3 channels.
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

  /// The statistics of the first `normCount` batch norms, or of all.
  ///
  /// - Parameter progress: Called after each batch with its number of images.
  /// - Throws: The errors of the engine.
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
