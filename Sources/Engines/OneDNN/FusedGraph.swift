#if OneDNN
import PthBackbones

/// Nodes that are computed at once: a convolution, say, with the batch norm, the addition and the
/// ReLU behind it.
struct FusedNode: Sendable {
  /// In the order of execution. The first says what is computed, the last names the result.
  var nodes: [Node]
  /// The operation of the first node.
  let operation: any OneDNNOperation
  /// The batch norm behind a convolution.
  var norm: Node?
  /// The value that is added to the result.
  var addend: Value?
  /// The largest result, where a ReLU ends it: infinity, or 6 of a ReLU6.
  var ceiling: Float?

  var first: Node { nodes[0] }
  var output: Value { nodes[nodes.count - 1].output }
  /// The values that must be computed before it.
  var inputs: [Value] { first.inputs + (addend.map { [$0] } ?? []) }
}

extension ModelGraph {
  /// The nodes, fused where a value has no other reader, in an order in which they can be computed.
  ///
  /// A fused node takes the place of its last one, since a shortcut that is added may be computed
  /// after the convolution that it is added to.
  ///
  /// - Parameters:
  ///   - fuses: Otherwise every node stays alone.
  ///   - keepsNorms: Whether batch norms stay apart from the convolutions in front of them.
  /// - Throws: ``EngineError/backend(_:)`` for an operation that the engine does not compute.
  func fusedNodes(
    fuses: Bool, keepsNorms: Bool = false
  ) throws(EngineError) -> [FusedNode] {
    let operations = try operations(oneDNNOperations, engine: "the oneDNN engine")
    guard fuses else {
      return zip(nodes, operations).map { FusedNode(nodes: [$0], operation: $1) }
    }
    var readers = [[Int]](repeating: [], count: nodes.count + 1)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input.id].append(index) }
    }
    let returned = Set(outputs.map(\.value))
    var absorbed = [Bool](repeating: false, count: nodes.count)
    var result: [FusedNode] = []
    for (index, node) in nodes.enumerated() where !absorbed[index] {
      var fused = FusedNode(nodes: [node], operation: operations[index])
      let absorbs = fused.operation.absorbs

      /// Takes the only reader in if `accepts` it.
      func absorb(_ accepts: (Node) -> Bool) -> Node? {
        let readers = readers[fused.output.id]
        guard readers.count == 1, !returned.contains(fused.output), !absorbed[readers[0]],
          accepts(nodes[readers[0]])
        else { return nil }
        absorbed[readers[0]] = true
        fused.nodes.append(nodes[readers[0]])
        return nodes[readers[0]]
      }

      if absorbs.contains(.batchNorm), !keepsNorms {
        fused.norm = absorb { $0.operation is BatchNorm2d }
      }
      if absorbs.contains(.addition) {
        let result = fused.output
        fused.addend = absorb { $0.operation is Add }?.inputs.first { $0 != result }
      }
      if absorbs.contains(.relu) {
        let relu = absorb { oneDNNOperations[$0.operation]?.ceiling != nil }
        fused.ceiling = relu.flatMap { oneDNNOperations[$0.operation]?.ceiling }
      }
      result.append(fused)
    }
    return result.sorted { $0.output.id < $1.output.id }
  }
}
#endif
