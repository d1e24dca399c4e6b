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

  mutating func unique(_ name: String) -> String {
    var candidate = name
    while !taken.insert(candidate).inserted { candidate += "_" }
    return candidate
  }

  /// Nodes for the numbers that operators take as inputs: initialisers are the state dict's alone.
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

  /// - Precondition: The number was added as a constant.
  func constant(_ number: Int) -> String { constants[number]! }
}
