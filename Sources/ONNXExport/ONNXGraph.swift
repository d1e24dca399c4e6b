import PthBackbones
import PthTensors

/// A backbone in ONNX's operators: names instead of indices, folded batch norms gone.
struct ONNXGraph {
  /// A tensor that enters or leaves the graph.
  struct Port {
    let name: String
    let shape: [Dimension]
  }

  enum Dimension {
    case fixed(Int)
    /// Any length; equal names are equal lengths.
    case named(String)
  }

  let name: String
  let description: String
  let dtype: DType
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXInitializer] = []
  let input: Port
  private(set) var outputs: [Port] = []

  /// - Throws: ``ONNXExportError``; what reading a batch norm's values throws, if they are folded.
  init(_ graph: ModelGraph, weights: StateDict, fold: Bool) throws {
    let weights = try CheckedWeights(weights, of: graph)
    for output in graph.outputs where graph.entry(named: output.name) != nil {
      throw ONNXExportError.ambiguous(name: output.name)
    }
    name = graph.backbone
    description = "\(graph.backbone) (\(graph.flavor)): \(graph.arguments)"
    dtype = weights.dtype
    var names = ValueNames(graph)
    input = Port(
      name: names[.input],
      shape: [
        .named("batch"), .fixed(graph.inputChannels), .named("height"), .named("width"),
      ])
    let plan = fold ? FoldingPlan(graph) : .none
    let foldedNorms = Set(plan.normOfConvolution.values)
    nodes = names.addConstants(of: graph)
    var values: [String: ONNXInitializer] = [:]
    for (index, node) in graph.nodes.enumerated() where !foldedNorms.contains(index) {
      let norm = plan.normOfConvolution[index].map { graph.nodes[$0] }
      let state = try Self.state(of: node, foldedWith: norm, graph, weights)
      for initializer in state { values[initializer.name] = initializer }
      nodes += names.nodes(
        for: node, state: state.map(\.name), output: names[(norm ?? node).output], dtype: dtype)
    }
    nodes += names.copies
    // Folding adds biases that the state dict does not have; they stand behind their weights.
    initializers = graph.state.flatMap { entry in
      [entry.name, Self.biasKey(of: entry)].compactMap {
        $0.flatMap { values.removeValue(forKey: $0) }
      }
    }
    let ranks = Self.ranks(graph)
    outputs = graph.outputs.map { output in
      let channels = graph.producer(of: output.value)?.channels ?? graph.inputChannels
      let size: [Dimension] =
        ranks[output.value.id] == 2
        ? [] : [.named("\(output.name)_height"), .named("\(output.name)_width")]
      return Port(name: output.name, shape: [.named("batch"), .fixed(channels)] + size)
    }
  }

  /// What a node reads of the weights, in the order of the operator's inputs.
  private static func state(
    of node: Node, foldedWith norm: Node?, _ graph: ModelGraph, _ weights: CheckedWeights
  ) throws -> [ONNXInitializer] {
    let entries = node.operation.onnxState.compactMap { graph.entry($0, of: node) }
    guard let norm, case .batchNorm2d(let layer) = norm.operation else {
      return entries.map { entry in
        ONNXInitializer(
          name: entry.name, shape: entry.shape, dtype: weights[entry].dtype,
          values: .tensor(weights[entry]))
      }
    }
    func tensor(_ role: StateRole) -> Tensor { weights[graph.entry(role, of: norm)!] }
    let folded = try FoldedBatchNorm(
      layer, weight: tensor(.normWeight), bias: tensor(.normBias), mean: tensor(.runningMean),
      variance: tensor(.runningVar),
      convolutionBias: entries.count > 1 ? weights[entries[1]] : nil)
    let weight = entries[0]
    return [
      ONNXInitializer(
        name: weight.name, shape: weight.shape, dtype: weights.dtype,
        values: .scaled(weights[weight], by: folded.factors)),
      ONNXInitializer(
        name: biasKey(of: weight)!, shape: [layer.channels], dtype: weights.dtype,
        values: .computed(folded.shifts)),
    ]
  }

  /// What the bias beside a convolution's weight is called; nil for other entries.
  private static func biasKey(of entry: StateEntry) -> String? {
    guard entry.role == .convWeight else { return nil }
    return entry.name.dropLast(StateRole.convWeight.attribute.count) + StateRole.convBias.attribute
  }

  /// Axes of each value.
  private static func ranks(_ graph: ModelGraph) -> [Int] {
    var ranks = [4]
    for node in graph.nodes {
      ranks.append(node.operation.outputRank(ranks[node.inputs[0].id]))
    }
    return ranks
  }
}
