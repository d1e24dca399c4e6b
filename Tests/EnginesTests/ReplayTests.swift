import PthBackbones
import PthBytes
import PthTensors
import Testing

@testable import PthEngines

/// Networks run as in training.
@Suite struct ReplayTests {
  /// Two images: the case's own, twice as bright the second time.
  private static func batch(_ image: Tensor) throws -> Tensor {
    var values = try Truth.elements(image)
    values += values.map { $0 * 2 + 0.5 }
    return try Self.tensor(values.map(Float.init), [2 * image.shape[0]] + image.shape.dropFirst())
  }

  private static func tensor(_ values: [Float], _ shape: [Int]) throws -> Tensor {
    let buffer = OwnedBuffer(count: 4 * values.count)
    _ = buffer.memory.bindMemory(to: Float.self).update(from: values)
    return try Tensor(
      storage: TensorStorage(key: "values", bytes: Bytes(buffer)), dtype: .float32, shape: shape)
  }

  @Test func momentsPoolAsAllPixelsDo() {
    var moments = NormMoments(channels: 1)
    // Pixels 1, 3 and 5, 5.
    moments.append(mean: 2, variance: 1)
    moments.append(mean: 5, variance: 0)
    let (means, variances) = moments.pooled(0..<2)
    #expect(means == [3.5])
    #expect(variances == [2.75])
    #expect(moments.pooled([1, 1]).variances == [0])
  }

  /// The first norm sees what inference sees; with the recorded statistics replaced by what was
  /// seen, inference is the replay.
  @Test func isInferenceWithTheStatisticsOfTheBatch() throws {
    let network = try #require(NetworkCase.all.first { $0.name == "timm-v1b" })
    let graph = try network.graph()
    var weights = try network.weights(of: graph)
    let input = try Self.batch(network.image())
    let replay = try EngineKind.reference.makeReplay(graph: graph, weights: weights, threads: 2)
    let seen = try replay.moments(input, normCount: 1000)
    #expect(seen.count == graph.batchNorms.count)
    for (norm, moments) in zip(graph.batchNorms, seen) {
      #expect(moments.imageCount == 2)
      let (means, variances) = moments.pooled
      let (mean, variance) = (
        try #require(graph.entry(.runningMean, of: norm)),
        try #require(graph.entry(.runningVar, of: norm))
      )
      weights[mean.name] = try Self.tensor(means.map(Float.init), mean.shape)
      weights[variance.name] = try Self.tensor(variances.map(Float.init), variance.shape)
    }
    var inputs: [Value: Node] = [:]
    for norm in graph.batchNorms { inputs[norm.inputs[0]] = norm }
    var checked = 0
    _ = try ReferenceEngine(graph: graph, weights: weights).run(input) { node, tensor in
      guard let norm = inputs[node.output] else { return }
      let index = try #require(graph.batchNorms.firstIndex(of: norm))
      let values = try Truth.elements(tensor)
      let area = tensor.shape[2] * tensor.shape[3]
      let first = values[0..<area].reduce(0, +) / Double(area)
      let scale = seen[index].pooled.variances[0].squareRoot() + 1e-3
      #expect(abs(first - seen[index].means[0]) < 1e-3 * scale, "\(norm.name)")
      checked += 1
    }
    #expect(checked == seen.count)
  }

  #if OneDNN
  @Test(arguments: [
    "timm-v1b", "torchvision-resnext", "mmdet-resnet-caffe", "mmdet-resnet-v1d-odd",
    "mmdet-res2net-dcn",
  ]) func enginesAgree(_ name: String) throws {
    let network = try #require(NetworkCase.all.first { $0.name == name })
    let graph = try network.graph()
    let weights = try network.weights(of: graph)
    let input = try Self.batch(network.image())
    let exact = try EngineKind.reference.makeReplay(graph: graph, weights: weights, threads: 2)
      .moments(input, normCount: 1000)
    let fast = try EngineKind.onednn.makeReplay(graph: graph, weights: weights, threads: 2)
    let seen = try fast.moments(input, normCount: 1000)
    #expect(seen.count == exact.count)
    for (norm, (found, wanted)) in zip(graph.batchNorms, zip(seen, exact)) {
      #expect(found.means.count == wanted.means.count)
      // Single channels may hardly vary; what matters is how much the norm's channels do.
      let variance = wanted.pooled.variances.reduce(0, +) / Double(wanted.channels)
      for index in found.means.indices {
        let scale = variance.squareRoot() + 1e-3
        #expect(abs(found.means[index] - wanted.means[index]) < 2e-3 * scale, "\(norm.name)")
        #expect(
          abs(found.variances[index] - wanted.variances[index]) < 4e-3 * scale * scale + 1e-6,
          "\(norm.name)")
      }
    }
    let few = try fast.moments(input, normCount: 2)
    #expect(few.map(\.means) == Array(seen.prefix(2).map(\.means)))
  }
  #endif
}
