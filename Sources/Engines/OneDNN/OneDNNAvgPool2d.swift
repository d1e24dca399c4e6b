#if OneDNN
import CPthOneDNN
import PthBackbones

extension AvgPool2d: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(
      AvgPoolStep(
        x: x, window: builder.window(node, kernel, stride, padding),
        countsPadding: countIncludePad, out: out))
    return out
  }
}

private struct AvgPoolStep: PlanStep {
  let x: BufferView
  let window: onednn_window
  let countsPadding: Bool
  let out: BufferView

  var buffers: [Int] { [x.buffer, out.buffer] }

  func run(_ run: PlanRun) {
    var window = window
    onednn_avg_pool(run.native(x), run.native(out), &window, countsPadding)
  }
}
#endif
