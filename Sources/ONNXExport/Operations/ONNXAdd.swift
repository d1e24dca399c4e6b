import PthBackbones

extension Add: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Add")]
  }
}
