#if OneDNN
import CPthOneDNN
import PthBackbones

extension Sigmoid: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(SigmoidStep(x: x, out: out))
    return out
  }
}

private struct SigmoidStep: PlanStep {
  let x: BufferView
  let out: BufferView

  var buffers: [Int] { [x.buffer, out.buffer] }

  func run(_ run: PlanRun) { onednn_sigmoid(run.native(x), run.native(out), run.extent(x)) }
}
#endif
