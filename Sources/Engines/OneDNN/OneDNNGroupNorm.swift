#if OneDNN
import CPthOneDNN
import PthBackbones

extension GroupNorm: OneDNNOperation {
  var absorbs: Absorption { .relu }

  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    let images = builder.shapes[0][0]
    builder.steps.append(
      GroupNormStep(
        x: x, layer: self, weight: try builder.floats(.normWeight, of: node.first),
        bias: try builder.floats(.normBias, of: node.first),
        coefficients: builder.append(Buffer(byteCount: 8 * images * channels)), out: out,
        ceiling: node.ceiling))
    return out
  }
}

private struct GroupNormStep: PlanStep {
  let x: BufferView
  let layer: GroupNorm
  let weight: [Float]
  let bias: [Float]
  /// Scratch buffer for one scale and one shift per image and channel.
  let coefficients: Int
  let out: BufferView
  let ceiling: Float?

  var buffers: [Int] { [x.buffer, coefficients, out.buffer] }

  func run(_ run: PlanRun) {
    let scale = run.floats(coefficients)
    let extent = run.extent(x)
    let shift = scale + Int(extent.images * extent.channels)
    onednn_group_norm(
      run.native(x), Int64(layer.groups), layer.eps, weight, bias, scale, shift, extent)
    onednn_scale(run.native(x), scale, shift, true, run.native(out), extent, ceiling ?? 0)
  }
}
#endif
