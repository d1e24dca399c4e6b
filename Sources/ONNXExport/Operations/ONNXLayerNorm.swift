import PthBackbones

extension LayerNorm: ONNXOperation {
  /// ONNX normalises the last axes, so for a norm over channels these are moved to the end and back.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    let attributes =
      [.int("axis", -shape.count), .float("epsilon", eps)] + place.stashType
    guard axes == .channels, place.rank > 2 else {
      return [place.node("LayerNormalization", attributes)]
    }
    let moved = names.unique("\(place.name).channels_last")
    let normalised = names.unique("\(place.name).normalised")
    let others = Array(2..<place.rank)
    return [
      ONNXNode(
        type: "Transpose", name: moved, inputs: place.inputs, output: moved,
        attributes: [.ints("perm", [0] + others + [1])]),
      place.node(
        "LayerNormalization", attributes, inputs: [moved] + place.state, output: normalised),
      ONNXNode(
        type: "Transpose", name: names.unique("\(place.name).channels_first"),
        inputs: [normalised], output: place.output,
        attributes: [.ints("perm", [0, place.rank - 1] + others.map { $0 - 1 })]),
    ]
  }
}
