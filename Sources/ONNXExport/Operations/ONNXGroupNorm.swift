import PthBackbones

extension GroupNorm: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [
      place.node(
        "GroupNormalization",
        [.int("num_groups", groups), .float("epsilon", eps)] + place.stashType)
    ]
  }
}
