import PthBackbones

extension BatchNorm2d: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("BatchNormalization", [.float("epsilon", eps)])]
  }
}
