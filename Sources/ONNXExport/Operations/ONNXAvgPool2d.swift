import PthBackbones

extension AvgPool2d: ONNXOperation {
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    [
      place.node(
        "AveragePool",
        [
          .ints("kernel_shape", kernel.both), .ints("strides", stride.both),
          .ints("pads", padding.atBothEnds), .flag("ceil_mode", ceilMode),
          .flag("count_include_pad", countIncludePad),
        ])
    ]
  }
}
