import PthBackbones

extension Sigmoid: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Sigmoid")]
  }
}
