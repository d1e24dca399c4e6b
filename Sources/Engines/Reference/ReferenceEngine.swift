import PthBackbones
import PthBytes
import PthTensors

/// Runs a graph as its formulas say, node by node, in float64: what everything else is checked
/// against.
///
/// No operation is fused or reordered. A value is freed after its last use.
package struct ReferenceEngine: InferenceEngine {
  package let graph: ModelGraph
  /// Threads that an operation is spread over. The sums do not depend on their number.
  package let threads: Int
  private let weights: StateDict
  private let liveness: Liveness

  package var name: String { "reference" }

  /// - Parameters:
  ///   - weights: All parameters and buffers by the graph's names, of any floating-point dtype.
  ///     Converted node by node while running.
  ///   - threads: At least 1.
  /// - Throws: ``EngineError/weights(_:)`` if an entry is absent, has another shape or is not
  ///   floating-point.
  package init(graph: ModelGraph, weights: StateDict, threads: Int = 1) throws(EngineError) {
    try graph.check(weights)
    self.graph = graph
    self.weights = weights
    self.threads = max(1, threads)
    liveness = Liveness(graph)
  }

  /// - Complexity: O(multiplications of the network).
  package func run(
    _ input: Tensor, observe: ((Node, Tensor) throws -> Void)? = nil
  ) throws -> StateDict {
    let shapes = try graph.checkedShapes(input: input)
    try MemoryCheck.check(
      graph, shapes: shapes, bytesPerElement: 8, available: MemoryCheck.availableBytes)
    var values = [Activation?](repeating: nil, count: shapes.count)
    let image = Activation(shape: input.shape)
    try input.copyElements(to: image.values)
    values[Value.input.id] = image
    for (index, node) in graph.nodes.enumerated() {
      let output = Activation(shape: shapes[node.output.id])
      let inputs = node.inputs.map { input in
        guard let value = values[input.id] else { preconditionFailure("a value died too early") }
        return value
      }
      try run(node, inputs, into: output)
      values[node.output.id] = output
      try observe?(node, output.tensor(named: node.name))
      for dead in liveness.dying[index] { values[dead] = nil }
    }
    var outputs = StateDict()
    for output in graph.outputs {
      outputs[output.name] = try values[output.value.id]?.tensor(named: output.name)
    }
    return outputs
  }

  private func run(_ node: Node, _ inputs: [Activation], into output: Activation) throws {
    let x = inputs[0]
    let size = Size2D(output.height, output.width)
    switch node.operation {
    case .conv2d(let conv):
      try convolve(
        conv, node, ConvolutionPatches(conv: conv, input: x, output: size), into: output)
    case .deformConv2d(let deform):
      let patches = DeformablePatches(
        deform: deform, input: x, offsets: inputs[1],
        mask: deform.isModulated ? inputs[2] : nil, output: size)
      try convolve(deform.convolution, node, patches, into: output)
    case .batchNorm2d(let norm):
      let weight = try parameter(.normWeight, of: node)
      let bias = try parameter(.normBias, of: node)
      let mean = try parameter(.runningMean, of: node)
      let variance = try parameter(.runningVar, of: node)
      ReferenceBatchNorm(
        norm: norm, weight: weight, bias: bias, mean: mean,
        variance: variance
      ).run(x, into: output, threads: threads)
    case .groupNorm(let norm):
      let weight = try parameter(.normWeight, of: node)
      let bias = try parameter(.normBias, of: node)
      ReferenceGroupNorm(norm: norm, weight: weight, bias: bias)
        .run(x, into: output, threads: threads)
    case .relu: ReferenceElementwise.relu(x, into: output, threads: threads)
    case .sigmoid: ReferenceElementwise.sigmoid(x, into: output, threads: threads)
    case .add: ReferenceElementwise.add(x, inputs[1], into: output, threads: threads)
    case .maxPool2d(let pool):
      ReferenceMaxPool(pool: pool).run(x, into: output, threads: threads)
    case .avgPool2d(let pool):
      ReferenceAvgPool(pool: pool).run(x, into: output, threads: threads)
    case .sliceChannels(let start, _): ReferenceChannels.slice(x, from: start, into: output)
    case .concatChannels: ReferenceChannels.concatenate(inputs, into: output)
    case .globalAvgPool: ReferenceHead.globalAverage(x, into: output)
    case .linear(let linear):
      let weight = try parameter(.linearWeight, of: node)
      let bias = linear.hasBias ? try parameter(.linearBias, of: node) : nil
      ReferenceHead.linear(
        linear, weight: weight, bias: bias, x, into: output, threads: threads)
    }
  }

  private func convolve(
    _ conv: Conv2d, _ node: Node, _ patches: some PatchSource, into output: Activation
  ) throws {
    let weight = try parameter(.convWeight, of: node)
    let bias = conv.hasBias ? try parameter(.convBias, of: node) : nil
    PatchConvolution(conv: conv, weight: weight, bias: bias, threads: threads)
      .run(patches, into: output)
  }

  /// A parameter or buffer of a node in float64.
  private func parameter(_ role: StateRole, of node: Node) throws -> Activation {
    guard let entry = graph.entry(role, of: node), let tensor = weights[entry.name] else {
      throw EngineError.weights("\(node.name) has no \(role.attribute)")
    }
    let parameter = Activation(shape: tensor.shape)
    try tensor.copyElements(to: parameter.values)
    return parameter
  }
}
