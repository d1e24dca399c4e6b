import PthBackbones

extension ConcatChannels: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Concat", [.int("axis", 1)])]
  }
}
