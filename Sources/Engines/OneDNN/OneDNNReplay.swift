#if OneDNN
import PthBackbones
import PthBytes
import CPthOneDNN
import Synchronization
import PthTensors

/// The replay with oneDNN; the engine must be made with `keepsNorms`.
extension OneDNNEngine: ReplayEngine {
  package func moments(_ input: Tensor, normCount: Int) throws -> [NormMoments] {
    let shapes = try graph.checkedShapes(input: input)
    let values = try input.cast(to: .float32).contiguousBytes()
    return try state.withLock { state in
      let before = onednn_set_threads(Int32(clamping: threads))
      defer { _ = onednn_set_threads(before) }
      let plan = try plan(shapes, &state)
      return try plan.moments(
        values.baseAddress.assumingMemoryBound(to: Float.self), normCount: normCount
      ) { try Affine(of: $0, in: graph, weights) }
    }
  }
}

/// The weight and bias of a batch norm.
private struct Affine {
  let weight: [Double]
  let bias: [Double]
  let eps: Double

  init(of norm: Node, in graph: ModelGraph, _ weights: StateDict) throws {
    guard let layer = norm.operation as? BatchNorm2d else {
      preconditionFailure("\(norm.name) is no batch norm")
    }
    eps = layer.eps
    weight = try graph.values(.normWeight, of: norm, weights)
    bias = try graph.values(.normBias, of: norm, weights)
  }

  /// The norm as a scale and a shift per channel, with the pooled mean and variance of `moments`.
  func scale(_ moments: NormMoments) -> ChannelScale {
    let (means, variances) = moments.pooled
    var result = ChannelScale(bias: bias)
    for channel in weight.indices {
      result.scale[channel] = weight[channel] / (variances[channel] + eps).squareRoot()
      result.shift[channel] -= means[channel] * result.scale[channel]
    }
    return result
  }
}

extension BoundPlan {
  /// Number of parts into which an image's pixels are divided for summing, so that several threads can work on
  /// one image.
  private static let parts = 4

  /// Runs as in training, up to the first `normCount` norms.
  fileprivate func moments(
    _ input: UnsafePointer<Float>, normCount: Int, affine: (Node) throws -> Affine
  ) throws -> [NormMoments] {
    // The first `normCount` norms are chosen by the graph's order; the run ends behind the last of their steps.
    var found: [(norm: Node, moments: NormMoments)] = []
    let last =
      plan.norms.sorted { $0.value.output.id < $1.value.output.id }
      .prefix(normCount).map(\.key).max() ?? -1
    var run = PlanRun(plan: plan, arena: arena, input: input, outputs: [])
    for (index, step) in plan.steps.enumerated() where index <= last {
      if step is OutputStep { continue }
      guard let norm = plan.norms[index], let step = step as? ScaleStep else {
        run.convolution = calls[index]
        try step.run(run)
        continue
      }
      let moments = moments(step.x, run)
      let scale = try affine(norm).scale(moments)
      ScaleStep(
        x: step.x, scale: scale.floatScale, shift: scale.floatShift, out: step.out,
        ceiling: step.ceiling
      ).run(run)
      found.append((norm, moments))
    }
    return found.sorted { $0.norm.output.id < $1.norm.output.id }.prefix(normCount).map(\.moments)
  }

  private func moments(_ view: BufferView, _ run: PlanRun) -> NormMoments {
    let (x, extent) = (run.native(view), run.extent(view))
    let (images, channels, parts) = (Int(extent.images), Int(extent.channels), Self.parts)
    let sums = [Double](unsafeUninitializedCapacity: images * parts * 2 * channels) { sums, count in
      onednn_sums(x, Int64(parts), sums.baseAddress, extent)
      count = images * parts * 2 * channels
    }
    let pixels = Double(extent.pixels)
    var moments = NormMoments(channels: channels)
    for image in 0..<images {
      for channel in 0..<channels {
        var (sum, squares) = (0.0, 0.0)
        for part in 0..<parts {
          let first = (image * parts + part) * 2 * channels + channel
          sum += sums[first]
          squares += sums[first + channels]
        }
        let distance = sum / pixels
        let origin = Double(x.data[image * Int(x.image) + channel])
        moments.append(
          mean: origin + distance, variance: max(0, squares / pixels - distance * distance))
      }
    }
    return moments
  }
}
#endif
