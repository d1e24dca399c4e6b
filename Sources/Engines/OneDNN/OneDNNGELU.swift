#if OneDNN
import CPthOneDNN
import PthBackbones

extension GELU: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(
      GELUStep(x: x, approximatesWithTanh: approximatesWithTanh, out: out))
    return out
  }
}

private struct GELUStep: PlanStep {
  let x: BufferView
  let approximatesWithTanh: Bool
  let out: BufferView

  var buffers: [Int] { [x.buffer, out.buffer] }

  func run(_ run: PlanRun) {
    onednn_gelu(run.native(x), run.native(out), run.extent(x), approximatesWithTanh)
  }
}
#endif
