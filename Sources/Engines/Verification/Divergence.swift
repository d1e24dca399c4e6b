import PthBackbones
import PthTensors

/// The first place where two runs or two networks differ, or where a run has NaN or infinite values.
package struct Divergence: Sendable, Hashable {
  /// The node, or the stage if the node is not known.
  package let name: String
  /// The difference, as a clause for messages.
  package let what: String

  package init(name: String, what: String) {
    self.name = name
    self.what = what
  }

  /// The source of NaN or infinite values: the input, or the first node with such a parameter or with a running
  /// variance of −eps or less; nil if there is none.
  ///
  /// The tensors are checked since a run may hide NaN: oneDNN's ReLU turns it into 0.
  ///
  /// - Throws: errors of reading the tensors.
  /// - Complexity: O(elements): all weights are read.
  package static func firstNotFinite(
    _ weights: StateDict, of graph: ModelGraph, input: Tensor
  ) throws -> Divergence? {
    guard try input.isFinite() else {
      return Divergence(name: "input", what: "the input holds NaN or infinite values")
    }
    for node in graph.nodes {
      for entry in graph.state[node.state] where entry.dtype.isFloatingPoint {
        guard let tensor = weights[entry.name] else { continue }
        if try !tensor.isFinite() {
          return Divergence(
            name: node.name, what: "\(entry.name) holds NaN or infinite values")
        }
        if let norm = node.operation as? BatchNorm2d, entry.role == .runningVar,
          let least = try TensorStatistics(tensor).minimum, least + norm.eps <= 0
        {
          return Divergence(
            name: node.name, what: "\(entry.name) holds \(least); variance + eps must be positive")
        }
      }
    }
    return nil
  }

  /// The first node of a run whose output has NaN or infinite values; nil if there is none.
  ///
  /// - Throws: errors of the engine.
  package static func firstNotFinite(_ engine: any InferenceEngine, on input: Tensor) throws
    -> Divergence?
  {
    struct Found: Error {
      let divergence: Divergence
    }
    do {
      _ = try engine.run(input) { node, tensor in
        let statistics = try TensorStatistics(tensor)
        let count = statistics.nanCount + statistics.infinityCount
        guard count > 0 else { return }
        throw Found(
          divergence: Divergence(
            name: node.name,
            what: "\(node.operation.label) is the first to output NaN or infinite values: \(count) "
              + "of \(tensor.elementCount)"))
      }
      return nil
    } catch let found as Found {
      return found.divergence
    }
  }

  /// The first node of two runs whose outputs differ by more than `tolerance` in relative L2; nil if there is none.
  ///
  /// - Parameter nodeCount: Number of nodes, from the first on, that compute the same in both graphs.
  /// - Throws: errors of the engines.
  package static func firstDifferent(
    _ engine: any InferenceEngine, from other: any InferenceEngine, on input: Tensor,
    nodeCount: Int, tolerance: Double
  ) throws -> Divergence? {
    var found: Divergence?
    try Lockstep.run(engine, other, on: input, nodeCount: nodeCount) { node, actual, expected in
      let error = try TensorComparison(actual, expected: expected).relativeL2
      // Written so that a NaN error is a difference.
      guard !(error <= tolerance) else { return true }
      found = Divergence(
        name: node.name,
        what: "\(node.operation.label) is the first whose output differs (relative L2 \(error))")
      return false
    }
    return found
  }
}

extension GraphDifference {
  /// The divergence of a target from the network that its weights were trained with; nil if no node differs.
  package func divergence(of target: ModelGraph, from source: ModelGraph) -> Divergence? {
    if let node = right, !Node.computeSame(left, node) {
      return Divergence(
        name: node.name,
        what: "\(source.flavor)'s \(source.backbone) has \(source.wording(of: node)) here, "
          + "\(target.flavor)'s goes on with \(left.map { target.wording(of: $0) } ?? "nothing")")
    }
    return left.map {
      Divergence(
        name: $0.name,
        what: "\(target.flavor)'s \(target.backbone) has \(target.wording(of: $0)) here, "
          + "\(source.flavor)'s has nothing")
    }
  }
}

extension ModelGraph {
  /// The node's operation in messages: `3×3 average pooling of the last split`.
  fileprivate func wording(of node: Node) -> String {
    let operation = node.operation.wording
    guard node.inputs.count == 1, let source = producer(of: node.inputs[0]),
      let slice = source.operation as? SliceChannels, let whole = producer(of: source.inputs[0])
    else { return operation }
    let end = slice.start + slice.count
    if end == whole.channels { return "\(operation) of the last split" }
    return "\(operation) of channels \(slice.start) to \(end - 1)"
  }
}
