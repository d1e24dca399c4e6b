import PthBackbones

extension GlobalAvgPool: ONNXOperation {
  /// `GlobalAveragePool` keeps a height and a width of 1, so `Flatten` follows unless they are kept.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    guard !keepsSize else { return [place.node("GlobalAveragePool")] }
    let mean = names.unique("\(place.name).mean")
    return [
      place.node("GlobalAveragePool", output: mean),
      ONNXNode(
        type: "Flatten", name: names.unique("\(place.name).flatten"), inputs: [mean],
        output: place.output, attributes: [.int("axis", 1)]),
    ]
  }
}
