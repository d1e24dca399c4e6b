import PthBackbones
import PthTensors

/// A backbone in ONNX's operators, with names instead of indices and without folded batch norms.
struct ONNXGraph {
  /// A tensor that enters or leaves the graph.
  struct Port {
    let name: String
    let shape: [Dimension]
  }

  enum Dimension {
    case fixed(Int)
    /// A symbolic dimension; equal names mean equal lengths.
    case named(String)
  }

  let name: String
  let description: String
  let dtype: DType
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXInitializer] = []
  let input: Port
  private(set) var outputs: [Port] = []

  /// - Throws: ``ONNXExportError``; with `fold`, errors of reading a batch norm's values.
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
    let operations = try graph.nodes.map { node in
      guard let operation = onnxOperations[node.operation] else {
        throw ONNXExportError.operation(node: node.name, label: node.operation.label)
      }
      return operation
    }
    nodes = names.addConstants(operations.flatMap(\.constants))
    var values: [String: ONNXInitializer] = [:]
    for (index, node) in graph.nodes.enumerated() where !foldedNorms.contains(index) {
      let norm = plan.normOfConvolution[index].map { graph.nodes[$0] }
      let state = try Self.state(of: node, foldedWith: norm, graph, weights)
      for initializer in state { values[initializer.name] = initializer }
      let place = ONNXPlace(
        name: node.name, inputs: node.inputs.map { names[$0] }, state: state.map(\.name),
        output: names[(norm ?? node).output], rank: node.shape.rank, dtype: dtype)
      nodes += operations[index].operators(at: place, &names)
    }
    nodes += names.copies
    // In the order of the state dict; a bias that folding adds follows its weight.
    initializers = graph.state.flatMap { entry in
      [entry.name, Self.biasKey(of: entry)].compactMap {
        $0.flatMap { values.removeValue(forKey: $0) }
      }
    }
    outputs = graph.outputs.map { output in
      let axes = graph.producer(of: output.value)?.shape ?? .input(channels: graph.inputChannels)
      return Port(name: output.name, shape: Self.dimensions(of: output.name, axes))
    }
  }

  /// The dimensions of an output; lengths that depend on the input become symbolic.
  private static func dimensions(of output: String, _ shape: Shape) -> [Dimension] {
    shape.lengths.enumerated().map { axis, length in
      if let length { return .fixed(length) }
      if axis == 0 { return .named("batch") }
      let names = shape.rank == 4 ? [2: "height", 3: "width"] : [:]
      return .named("\(output)_\(names[axis] ?? "axis\(axis)")")
    }
  }

  /// The weights that a node reads, in the order of the operator's inputs.
  private static func state(
    of node: Node, foldedWith norm: Node?, _ graph: ModelGraph, _ weights: CheckedWeights
  ) throws -> [ONNXInitializer] {
    let entries = graph.state[node.state].filter(\.dtype.isFloatingPoint)
    guard let norm, let layer = norm.operation as? BatchNorm2d else {
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

  /// The key of the bias beside a convolution's weight; nil for other entries.
  private static func biasKey(of entry: StateEntry) -> String? {
    guard entry.role == .convWeight else { return nil }
    return entry.name.dropLast(entry.attribute.count) + "bias"
  }
}
