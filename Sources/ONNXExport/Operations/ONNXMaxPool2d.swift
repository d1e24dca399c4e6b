import PthBackbones

extension MaxPool2d: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [
      place.node(
        "MaxPool",
        [
          .ints("kernel_shape", kernel.both), .ints("strides", stride.both),
          .ints("pads", padding.atBothEnds), .flag("ceil_mode", ceilMode),
        ])
    ]
  }
}
