#if OneDNN
import PthBackbones

/// Nodes that are computed together, such as a convolution with the batch norm, the addition and the ReLU behind it.
struct FusedNode: Sendable {
  /// The nodes in the order of execution. The first one's operation is extended; the last one's output is the result.
  var nodes: [Node]
  /// The operation of the first node.
  let operation: any OneDNNOperation
  /// The fused batch norm behind a convolution.
  var norm: Node?
  /// The value that a fused addition adds.
  var addend: Value?
  /// The upper limit of a fused ReLU: infinity, or 6 for a ReLU6; nil without a ReLU.
  var ceiling: Float?

  var first: Node { nodes[0] }
  var output: Value { nodes[nodes.count - 1].output }
  /// The values that must be computed before the fused node.
  var inputs: [Value] { first.inputs + (addend.map { [$0] } ?? []) }
}

extension ModelGraph {
  /// The nodes, fused where a value has only one reader, in an order in which they can be computed.
  ///
  /// A fused node is at the position of its last node, since the shortcut that is added may be computed after the
  /// convolution.
  ///
  /// - Parameters:
  ///   - fuses: Whether to fuse at all.
  ///   - keepsNorms: Whether batch norms are not fused into the convolutions in front of them.
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

      /// Fuses the only reader of the result if `accepts` is true for it.
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
