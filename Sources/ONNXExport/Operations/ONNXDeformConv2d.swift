import PthBackbones

extension DeformConv2d: ONNXOperation {
  var foldsBatchNorm: Bool { true }

  /// `DeformConv`, whose offsets have torchvision's order of channels.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    let (inputs, state) = (place.inputs, place.state)
    // The inputs are X, W, offset, B and mask; B and mask are optional.
    let bias = state.count > 1 ? [state[1]] : isModulated ? [""] : []
    return [
      place.node(
        "DeformConv", convolution.onnxAttributes + [.int("offset_group", deformGroups)],
        inputs: [inputs[0], state[0], inputs[1]] + bias + inputs[2...])
    ]
  }
}
