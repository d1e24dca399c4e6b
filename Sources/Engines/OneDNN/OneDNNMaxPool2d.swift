#if OneDNN
import CPthOneDNN
import PthBackbones

extension MaxPool2d: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(
      MaxPoolStep(x: x, window: builder.window(node, kernel, stride, padding), out: out))
    return out
  }
}

private struct MaxPoolStep: PlanStep {
  let x: BufferView
  let window: onednn_window
  let out: BufferView

  var buffers: [Int] { [x.buffer, out.buffer] }

  func run(_ run: PlanRun) {
    var window = window
    onednn_max_pool(run.native(x), run.native(out), &window)
  }
}
#endif
