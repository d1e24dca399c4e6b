import PthBackbones
import PthTensors

extension ReLU6: ONNXOperation {
  /// `Clip`, whose limits must be scalars of the input's dtype.
  func operators(at place: ONNXPlace, _ names: inout ValueNames) -> [ONNXNode] {
    var nodes: [ONNXNode] = []
    let limits = [("min", 0.0), ("max", 6.0)].map { word, value in
      let constant = names.unique("\(place.name).\(word)")
      nodes.append(
        ONNXNode(
          type: "Constant", name: constant, inputs: [], output: constant,
          attributes: [.float("value_float", value)]))
      guard place.dtype != .float32 else { return constant }
      let cast = names.unique("\(place.name).\(word).cast")
      nodes.append(
        ONNXNode(
          type: "CastLike", name: cast, inputs: [constant, place.inputs[0]], output: cast,
          attributes: []))
      return cast
    }
    return nodes + [place.node("Clip", inputs: place.inputs + limits)]
  }
}
