import PthBackbones

extension SameConv2d: ONNXOperation {
  var foldsBatchNorm: Bool { true }

  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [
      place.node(
        "Conv",
        [
          .ints("kernel_shape", convolution.kernel.both),
          .ints("strides", convolution.stride.both), .string("auto_pad", "SAME_UPPER"),
          .ints("dilations", convolution.dilation.both), .int("group", convolution.groups),
        ])
    ]
  }
}
