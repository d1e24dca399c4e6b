import PthBackbones
import PthTensors

/// A unique name for each tensor of the graph: `input`, the outputs' names, or the name of the node that computes
/// the tensor.
struct ValueNames {
  private var names: [Value: String] = [:]
  /// The names of integer constants.
  private var constants: [Int: String] = [:]
  private var taken: Set<String> = []
  /// `Identity` nodes for outputs that return an already returned value or the input.
  private(set) var copies: [ONNXNode] = []

  init(_ graph: ModelGraph) {
    // In ONNX, tensors and weights share one namespace.
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

  mutating func unique(_ name: String) -> String {
    var candidate = name
    while !taken.insert(candidate).inserted { candidate += "_" }
    return candidate
  }

  /// `Constant` nodes for integers that operators take as inputs. No initialisers are used, since these are only the
  /// state dict's tensors.
  mutating func addConstants(_ numbers: [Int]) -> [ONNXNode] {
    var nodes: [ONNXNode] = []
    for number in numbers where constants[number] == nil {
      let name = unique("constant.\(number)")
      constants[number] = name
      nodes.append(
        ONNXNode(
          type: "Constant", name: name, inputs: [], output: name,
          attributes: [.ints("value_ints", [number])]))
    }
    return nodes
  }

  /// The name of an integer constant.
  ///
  /// - Precondition: The number was added with ``addConstants(_:)``.
  func constant(_ number: Int) -> String { constants[number]! }
}
