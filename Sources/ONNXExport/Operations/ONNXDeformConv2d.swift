import PthBackbones

extension DeformConv2d: ONNXOperation {
  var foldsBatchNorm: Bool { true }

  /// The order of the offsets' channels is torchvision's.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    let (inputs, state) = (place.inputs, place.state)
    // X, W, offset, B, mask, of which B may be left out.
    let bias = state.count > 1 ? [state[1]] : isModulated ? [""] : []
    return [
      place.node(
        "DeformConv", convolution.onnxAttributes + [.int("offset_group", deformGroups)],
        inputs: [inputs[0], state[0], inputs[1]] + bias + inputs[2...])
    ]
  }
}
