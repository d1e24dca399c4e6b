import PthBackbones

extension Conv2d: ONNXOperation {
  var foldsBatchNorm: Bool { true }

  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [place.node("Conv", onnxAttributes)]
  }

  var onnxAttributes: [ONNXNode.Attribute] {
    [
      .ints("kernel_shape", kernel.both), .ints("strides", stride.both),
      .ints("pads", padding.atBothEnds), .ints("dilations", dilation.both), .int("group", groups),
    ]
  }
}
