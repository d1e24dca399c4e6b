import PthBackbones

extension ReLU: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Relu")]
  }
}
