import PthBackbones

extension Multiply: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Mul")]
  }
}
