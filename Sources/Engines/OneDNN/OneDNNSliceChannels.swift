#if OneDNN
import PthBackbones

/// A slice is a view of its input; nothing is computed.
extension SliceChannels: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    builder.plain(node.first.inputs[0]).slice(start: start, count: count)
  }
}
#endif
