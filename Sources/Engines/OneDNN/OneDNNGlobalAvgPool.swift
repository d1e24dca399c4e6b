#if OneDNN
import CPthOneDNN
import PthBackbones

extension GlobalAvgPool: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.wholeBuffer(of: node.output)
    builder.steps.append(MeanStep(x: x, out: out.buffer))
    return out
  }
}

/// Writes the means over all pixels to a dense buffer.
private struct MeanStep: PlanStep {
  let x: BufferView
  let out: Int

  var buffers: [Int] { [x.buffer, out] }

  func run(_ run: PlanRun) { onednn_mean(run.native(x), run.floats(out), run.extent(x)) }
}
#endif
