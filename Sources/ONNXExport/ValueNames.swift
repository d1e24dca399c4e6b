import PthBackbones
import PthTensors

/// A unique name for each tensor of the graph: `input`, the outputs' names, otherwise the name of
/// the node that computes it.
struct ValueNames {
  private var names: [Value: String] = [:]
  /// Names of constants by their value.
  private var constants: [Int: String] = [:]
  private var taken: Set<String> = []
  /// Nodes that return a value once more, or the input itself.
  private(set) var copies: [ONNXNode] = []

  init(_ graph: ModelGraph) {
    // Tensors and weights share one space of names.
    taken.formUnion(graph.state.map(\.name))
    taken.formUnion(graph.outputs.map(\.name))
    names[.input] = unique("input")
    for output in graph.outputs where output.value != .input && names[output.value] == nil {
      names[output.value] = output.name
    }
    for node in graph.nodes where names[node.output] == nil {
      names[node.output] = unique(node.name)
    }
    for output in graph.outputs where self[output.value] != output.name {
      copies.append(
        ONNXNode(
          type: "Identity", name: output.name, inputs: [self[output.value]], output: output.name,
          attributes: []))
    }
  }

  subscript(value: Value) -> String { names[value]! }

  private mutating func unique(_ name: String) -> String {
    var candidate = name
    while !taken.insert(candidate).inserted { candidate += "_" }
    return candidate
  }

  /// Nodes for the numbers that slices take as inputs: initialisers are the state dict's alone.
  mutating func addConstants(of graph: ModelGraph) -> [ONNXNode] {
    var nodes: [ONNXNode] = []
    for case .sliceChannels(let start, let count) in graph.nodes.map(\.operation) {
      for number in [start, start + count, 1] where constants[number] == nil {
        let name = unique("constant.\(number)")
        constants[number] = name
        nodes.append(
          ONNXNode(
            type: "Constant", name: name, inputs: [], output: name,
            attributes: [.ints("value_ints", [number])]))
      }
    }
    return nodes
  }

  /// The operators for one node of the graph, the last of which puts out `output`.
  mutating func nodes(
    for node: Node, state: [String], output: String, dtype: DType
  ) -> [ONNXNode] {
    let (type, attributes) = node.operation.onnx(dtype: dtype)
    let inputs = node.inputs.map { self[$0] }
    func operation(_ inputs: [String], to output: String) -> ONNXNode {
      ONNXNode(type: type, name: node.name, inputs: inputs, output: output, attributes: attributes)
    }
    switch node.operation {
    case .sliceChannels(let start, let count):
      let numbers = [start, start + count, 1].map { constants[$0]! }
      return [operation(inputs + numbers, to: output)]
    case .deformConv2d(let deform):
      // X, W, offset, B, mask, of which B may be left out.
      let bias = state.count > 1 ? [state[1]] : deform.isModulated ? [""] : []
      return [operation([inputs[0], state[0], inputs[1]] + bias + inputs[2...], to: output)]
    case .globalAvgPool:
      let mean = unique("\(node.name).mean")
      return [
        operation(inputs, to: mean),
        ONNXNode(
          type: "Flatten", name: unique("\(node.name).flatten"), inputs: [mean], output: output,
          attributes: [.int("axis", 1)]),
      ]
    default: return [operation(inputs + state, to: output)]
    }
  }
}
