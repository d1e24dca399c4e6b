#if OneDNN
import PthBackbones

extension ReLU: OneDNNOperation {
  var ceiling: Float? { .infinity }

  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let x = builder.views[node.first.inputs[0]]!
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(AddStep(x, nil, to: out, ceiling: ceiling))
    return out
  }
}
#endif
