#if OneDNN
import PthBackbones
import PthBytes
import Synchronization
import CPthOneDNN
import PthTensors

/// Runs a graph in float32 with oneDNN.
///
/// Batch norms are folded into the weights, ReLUs and sums are computed by the convolutions, and
/// memory is shared between values that are not needed at the same time. The plan for an input shape is compiled at
/// its first run and kept. Only one run at a time executes; others wait.
///
/// oneDNN's fused ReLU turns NaN into 0, so that a NaN may not reach the outputs. An engine that does not
/// fuse keeps NaN, like PyTorch.
package final class OneDNNEngine: InferenceEngine {
  package let name = "onednn"
  package let graph: ModelGraph
  /// Number of threads of a run.
  package let threads: Int
  let weights: StateDict
  private let nodes: [FusedNode]
  let state = Lock(State())

  struct State: Sendable {
    fileprivate var convolutions = ConvolutionCache()
    fileprivate var plans: [[Int]: BoundPlan] = [:]
    /// The memory that all plans share.
    fileprivate var arena = OwnedBuffer(count: 0)
  }

  /// - Parameters:
  ///   - weights: The graph's parameters and buffers, of any floating-point dtype. They are read
  ///     at the first run of each input shape.
  ///   - threads: Number of threads of a run; by default one per processor.
  ///   - fuses: Whether nodes are fused where that is faster. Without fusing, every node can be observed.
  ///   - keepsNorms: Whether batch norms are not fused into convolutions, as a replay needs.
  /// - Throws: ``EngineError/backend(_:)`` if oneDNN cannot be loaded or does not compute an operation;
  ///   ``EngineError/weights(_:)`` if a parameter or buffer is absent, has another shape or is not
  ///   floating-point.
  package init(
    graph: ModelGraph, weights: StateDict, threads: Int = EngineKind.processorCount,
    fuses: Bool = true, keepsNorms: Bool = false
  ) throws(EngineError) {
    if let fault = onednn_load() { throw .backend(String(cString: fault)) }
    try graph.check(weights)
    self.graph = graph
    self.weights = weights
    self.threads = max(threads, 1)
    nodes = try graph.fusedNodes(fuses: fuses, keepsNorms: keepsNorms)
  }

  package func run(
    _ input: Tensor, observe: ((Node, Tensor) throws -> Void)? = nil
  ) throws -> StateDict {
    let shapes = try graph.checkedShapes(input: input)
    let values = try input.cast(to: .float32).contiguousBytes()
    let outputs = try state.withLock { state in
      let before = onednn_set_threads(Int32(clamping: threads))
      defer { _ = onednn_set_threads(before) }
      let plan = try plan(shapes, &state)
      return try plan.run(
        values.baseAddress.assumingMemoryBound(to: Float.self), observe: observe)
    }
    var result = StateDict()
    for (output, tensor) in zip(graph.outputs, outputs) { result[output.name] = tensor }
    return result
  }

  func plan(_ shapes: [[Int]], _ state: inout State) throws -> BoundPlan {
    if let known = state.plans[shapes[0]] { return known }
    try MemoryCheck.check(graph, input: shapes[0])
    let largest = graph.state.lazy.map(\.elementCount).max() ?? 0
    let staging = OwnedBuffer(count: 4 * largest)
    var convolutions: [Value: PlannedConvolution] = [:]
    for node in nodes {
      convolutions[node.output] = try state.convolutions.convolution(
        of: node, in: graph, shapes: shapes, weights: weights, staging: staging)
    }
    var builder = PlanBuilder(
      graph: graph, weights: weights, nodes: nodes, shapes: shapes, convolutions: convolutions)
    let plan = try builder.build()
    let (needed, available) = (plan.memory.byteCount, MemoryCheck.availableBytes)
    guard needed <= available else {
      throw EngineError.memory(needed: needed, available: available)
    }
    if plan.memory.byteCount > state.arena.memory.count {
      // The other plans are bound to addresses in the old memory, so they are bound again.
      let plans = state.plans.mapValues(\.plan)
      state.plans = [:]
      state.arena = OwnedBuffer(count: plan.memory.byteCount)
      state.arena.adviseLargePages()
      for (shape, plan) in plans { state.plans[shape] = try BoundPlan(plan, arena: state.arena) }
    }
    let bound = try BoundPlan(plan, arena: state.arena)
    state.plans[shapes[0]] = bound
    return bound
  }
}
#endif
