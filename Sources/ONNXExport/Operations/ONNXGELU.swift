import PthBackbones

extension GELU: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Gelu", approximatesWithTanh ? [.string("approximate", "tanh")] : [])]
  }
}
