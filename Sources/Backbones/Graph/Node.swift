/// A tensor that flows through the graph: the input, or a node's output.
public struct Value: Sendable, Hashable, CustomStringConvertible {
  /// 0 for the input, `i + 1` for the output of node `i`.
  package let id: Int

  /// The input of the graph.
  package static let input = Value(id: 0)

  public var description: String { "%\(id)" }

  /// Index of the node that produces it; nil for the input.
  package var producer: Int? { id == 0 ? nil : id - 1 }
}

/// One operation on tensors, with all that an engine needs to run it.
package struct Node: Sendable {
  /// A unique name: the path of the module that is applied (`layer1.0.conv1`), or, for an
  /// operation without parameters, the path of the surrounding module and the operation
  /// (`layer1.0.add`).
  package let name: String
  package let operation: any GraphOperation
  /// The inputs in the order that the operation's documentation gives.
  package let inputs: [Value]
  package let output: Value
  /// Shape of the output; lengths that depend on the input are nil.
  package let shape: Shape
  /// Index, in ``ModelGraph/modules``, of the module applied or surrounding.
  package let module: Int
  /// Indices, in ``ModelGraph/state``, of the parameters and buffers that the operation reads, in
  /// registration order; empty for an operation without parameters.
  package let state: Range<Int>
  package let stage: Stage

  /// Channels (or features) of the output; 0 if its shape has none.
  package var channels: Int { shape.channels ?? 0 }
}

extension Node: Hashable {
  package static func == (left: Node, right: Node) -> Bool {
    left.name == right.name && left.operation.isSame(as: right.operation)
      && left.inputs == right.inputs && left.output == right.output && left.shape == right.shape
      && left.module == right.module && left.state == right.state && left.stage == right.stage
  }

  /// Hashes the name, which differs within a graph, and the operation, which differs between graphs.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    operation.hash(into: &hasher)
  }
}

/// A value that the graph returns.
public struct GraphOutput: Sendable, Hashable {
  /// `layer1`…, or `fc` for a classifier's logits.
  public let name: String
  package let value: Value
}
