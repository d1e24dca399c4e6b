#if OneDNN
import PthBackbones

extension ReLU: OneDNNRectifier {
  var ceiling: Float? { .infinity }
}

/// A ReLU or ReLU6 that is not fused into another operation.
protocol OneDNNRectifier: OneDNNOperation {}

extension OneDNNRectifier {
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
