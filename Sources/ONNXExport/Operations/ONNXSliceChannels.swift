import PthBackbones

extension SliceChannels: ONNXOperation {
  /// Start, end (exclusive) and axis.
  var constants: [Int] { [start, start + count, 1] }

  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Slice", inputs: place.inputs + constants.map { names.constant($0) })]
  }
}
