import PthBackbones
import PthBytes
import PthTensors

/// Runs a graph node by node in float64 by the operations' formulas; all other engines are checked against it.
///
/// No operation is fused or reordered. A value is freed after its last use.
package struct ReferenceEngine: InferenceEngine {
  package let graph: ModelGraph
  /// Number of threads for each operation. Results do not depend on it.
  package let threads: Int
  private let weights: StateDict
  private let liveness: Liveness
  /// The operation of each node.
  private let operations: [any ReferenceOperation]

  package var name: String { "reference" }

  /// - Parameters:
  ///   - weights: All parameters and buffers by the graph's names, of any floating-point dtype.
  ///     They are converted to float64 node by node during a run.
  ///   - threads: At least 1.
  /// - Throws: ``EngineError/weights(_:)`` if an entry is absent, has another shape or is not
  ///   floating-point.
  package init(graph: ModelGraph, weights: StateDict, threads: Int = 1) throws(EngineError) {
    try graph.check(weights)
    self.graph = graph
    self.weights = weights
    self.threads = max(1, threads)
    liveness = Liveness(graph)
    operations = try graph.operations(referenceOperations, engine: "the reference engine")
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
      try operations[index].compute(
        ReferenceCall(
          node: node, graph: graph, weights: weights, inputs: inputs, output: output,
          threads: threads))
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
}
