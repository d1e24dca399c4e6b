import PthBackbones
import PthTensors

/// Where two runs, or two networks, begin to differ.
package struct Divergence: Sendable, Hashable {
  /// The node, or the stage if no more is known.
  package let name: String
  /// A few words about the difference.
  package let what: String

  package init(name: String, what: String) {
    self.name = name
    self.what = what
  }

  /// The source of NaN or infinite values: the input, or the first node with such a parameter or a
  /// negative variance; nil if there is none. A run may hide them: oneDNN's ReLU turns NaN into 0.
  ///
  /// - Throws: what reading the tensors throws.
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
            name: node.name, what: "\(entry.name) holds \(least), which has no square root")
        }
      }
    }
    return nil
  }

  /// The first node of a run whose output is not finite; nil if all are.
  ///
  /// - Throws: what the engine throws.
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
            what: "\(node.operation.label) first puts out NaN or infinite values: \(count) of "
              + "\(tensor.elementCount)"))
      }
      return nil
    } catch let found as Found {
      return found.divergence
    }
  }

  /// The first node of two runs whose outputs differ by more than `tolerance` in relative L2.
  ///
  /// - Parameter nodeCount: Nodes that compute the same in both graphs.
  /// - Throws: what the engines throw.
  package static func firstDifferent(
    _ engine: any InferenceEngine, from other: any InferenceEngine, on input: Tensor,
    nodeCount: Int, tolerance: Double
  ) throws -> Divergence? {
    var found: Divergence?
    try Lockstep.run(engine, other, on: input, nodeCount: nodeCount) { node, actual, expected in
      let error = try TensorComparison(actual, expected: expected).relativeL2
      // NaN is no agreement.
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
  /// The difference between a target and the source that its weights come from, as a place.
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
  /// `average pooling 3×3 of the last split`.
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
