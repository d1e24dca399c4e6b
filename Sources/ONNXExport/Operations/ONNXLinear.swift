import PthBackbones

extension Linear: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Gemm", [.int("transB", 1)])]
  }
}
