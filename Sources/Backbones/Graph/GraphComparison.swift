/// The first place where two graphs compute different things.
package struct GraphDifference: Sendable, Hashable {
  /// Index of the first node that differs.
  package let index: Int
  /// The first graph's node at ``index``; nil behind its last node.
  package let left: Node?
  /// The second graph's node at ``index``; nil behind its last node.
  package let right: Node?
}

extension ModelGraph {
  /// The first node at which two graphs compute different things; nil if they compute the same, node for
  /// node. Names of modules and parameters are not compared.
  ///
  /// If only the returned values differ, the index is the number of nodes and both nodes are nil.
  package func firstDifference(from other: ModelGraph) -> GraphDifference? {
    // The same implementation with the same arguments gives the same graph.
    let isSame =
      backbone == other.backbone && flavor == other.flavor && flavor != "custom"
      && !arguments.isEmpty && arguments == other.arguments && nodes.count == other.nodes.count
    if isSame { return nil }
    for index in 0..<max(nodes.count, other.nodes.count) {
      let left = index < nodes.count ? nodes[index] : nil
      let right = index < other.nodes.count ? other.nodes[index] : nil
      if !Node.computeSame(left, right) {
        return GraphDifference(index: index, left: left, right: right)
      }
    }
    return outputs == other.outputs
      ? nil : GraphDifference(index: nodes.count, left: nil, right: nil)
  }
}

extension Node {
  /// Whether both compute the same function of the same inputs; names are not compared.
  package static func computeSame(_ left: Node?, _ right: Node?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return left.operation.isSame(as: right.operation) && left.inputs == right.inputs
  }
}
