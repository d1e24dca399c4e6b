import PthBackbones
import PthBytes
import PthTensors

/// The replay with the reference engine.
///
/// The engine reads a node's weights only when it runs the node. It is given buffers as running statistics, and this
/// type writes the batch's statistics into them just before the norm is run.
struct ReferenceReplay: ReplayEngine {
  let graph: ModelGraph
  private let weights: StateDict
  private let threads: Int

  private struct Ended: Error {}

  /// The buffers from which the engine reads the statistics of a norm.
  private struct Slot {
    let index: Int
    let mean: OwnedBuffer
    let variance: OwnedBuffer
  }

  init(graph: ModelGraph, weights: StateDict, threads: Int) throws(EngineError) {
    try graph.check(weights)
    self.graph = graph
    self.weights = weights
    self.threads = threads
  }

  func moments(_ input: Tensor, normCount: Int) throws -> [NormMoments] {
    let norms = graph.batchNorms
    var own = weights
    var slots: [Value: [Slot]] = [:]
    for (index, norm) in norms.enumerated() {
      guard let mean = graph.entry(.runningMean, of: norm),
        let variance = graph.entry(.runningVar, of: norm)
      else { throw EngineError.weights("\(norm.name) has no running statistics") }
      let slot = Slot(
        index: index, mean: OwnedBuffer(count: norm.channels * 8),
        variance: OwnedBuffer(count: norm.channels * 8))
      own[mean.name] = try Self.tensor(slot.mean, mean)
      own[variance.name] = try Self.tensor(slot.variance, variance)
      slots[norm.inputs[0], default: []].append(slot)
    }
    var result = norms.map { NormMoments(channels: $0.channels) }
    var pending = min(normCount, norms.count)
    func look(_ value: Value, _ tensor: Tensor) throws {
      for slot in slots[value] ?? [] {
        result[slot.index] = try Self.moments(of: tensor)
        let (means, variances) = result[slot.index].pooled
        _ = slot.mean.memory.bindMemory(to: Double.self).update(from: means)
        _ = slot.variance.memory.bindMemory(to: Double.self).update(from: variances)
        if slot.index < normCount { pending -= 1 }
      }
      if pending == 0 { throw Ended() }
    }
    do {
      try look(.input, input)
      _ = try ReferenceEngine(graph: graph, weights: own, threads: threads).run(input) {
        try look($0.output, $1)
      }
    } catch is Ended {}
    return Array(result.prefix(normCount))
  }

  private static func tensor(_ buffer: OwnedBuffer, _ entry: StateEntry) throws -> Tensor {
    try Tensor(
      storage: TensorStorage(key: entry.name, bytes: Bytes(buffer)), dtype: .float64,
      shape: entry.shape)
  }

  /// The mean and variance of each channel of each image.
  ///
  /// - Parameter tensor: `[batch, channels, height, width]`.
  private static func moments(of tensor: Tensor) throws -> NormMoments {
    let channels = tensor.shape[1]
    let area = tensor.shape.dropFirst(2).reduce(1, *)
    let values = try tensor.doubles()
    var result = NormMoments(channels: channels)
    for plane in 0..<tensor.shape[0] * channels {
      let pixels = values[plane * area..<(plane + 1) * area]
      let mean = pixels.reduce(0, +) / Double(area)
      let squares = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      result.append(mean: mean, variance: squares / Double(area))
    }
    return result
  }
}
