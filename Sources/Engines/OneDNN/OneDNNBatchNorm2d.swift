#if OneDNN
import CPthOneDNN
import PthBackbones

/// A batch norm that is not fused into a convolution.
extension BatchNorm2d: OneDNNOperation {
  var absorbs: Absorption { .relu }

  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView {
    let scale = try ChannelScale(self, of: node.first, in: builder.graph, builder.weights)
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    builder.norms[builder.steps.count] = node.first
    builder.steps.append(
      ScaleStep(
        x: x, scale: scale.floatScale, shift: scale.floatShift, out: out,
        ceiling: node.ceiling))
    return out
  }
}

/// x · scale + shift for each channel.
struct ScaleStep: PlanStep {
  let x: BufferView
  let scale: [Float]
  let shift: [Float]
  let out: BufferView
  let ceiling: Float?

  var buffers: [Int] { [x.buffer, out.buffer] }

  func run(_ run: PlanRun) {
    onednn_scale(
      run.native(x), scale, shift, false, run.native(out), run.extent(x), ceiling ?? 0)
  }
}
#endif
