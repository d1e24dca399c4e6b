#if OneDNN
import PthBackbones

/// Parts are written to their places when they are computed (``ConcatPlan``); only slices of other values are copied
/// here.
extension ConcatChannels: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    var channel = 0
    for input in node.first.inputs {
      let place = (concat: node.output, channel: channel)
      if builder.uses.origin(of: input).value != input { builder.write(input, into: place) }
      channel += builder.shapes[input.id][1]
    }
    return builder.slot((node.output, 0), count: channel)
  }
}
#endif
