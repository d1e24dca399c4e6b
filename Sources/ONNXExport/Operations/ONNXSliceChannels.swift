import PthBackbones

extension SliceChannels: ONNXOperation {
  /// First and last, and the axis.
  var constants: [Int] { [start, start + count, 1] }

  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Slice", inputs: place.inputs + constants.map { names.constant($0) })]
  }
}
