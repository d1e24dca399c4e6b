#if OneDNN
import PthBackbones
import PthBytes
import CPthOneDNN
import PthTensors

/// The steps that compute a graph for one input shape.
struct Plan: Sendable {
  let buffers: [Buffer]
  let steps: [any PlanStep]
  /// The outputs of nodes that can be observed, in the order of steps.
  let observations: [Observation]
  /// The shapes of the graph's outputs.
  let outputShapes: [[Int]]
  let memory: MemoryPlan
  /// The batch norms that are separate steps, by index of the step.
  let norms: [Int: Node]

  struct Observation: Sendable {
    let stepCount: Int
    let node: Node
    let shape: [Int]
    let view: BufferView
  }

  init(
    buffers: [Buffer], steps: [any PlanStep], observations: [Observation], outputShapes: [[Int]],
    norms: [Int: Node]
  ) {
    self.buffers = buffers
    self.steps = steps
    self.observations = observations
    self.outputShapes = outputShapes
    self.norms = norms
    var uses = [ClosedRange<Int>?](repeating: nil, count: buffers.count)
    for (index, step) in steps.enumerated() {
      for buffer in step.buffers { uses[buffer] = (uses[buffer]?.lowerBound ?? index)...index }
    }
    memory = MemoryPlan(sizes: buffers.map(\.byteCount), uses: uses)
  }

  func address(_ buffer: Int, in arena: OwnedBuffer) -> UnsafeMutableRawPointer {
    arena.memory.baseAddress! + memory.offsets[buffer]
  }
}

/// A plan bound to its memory.
final class BoundPlan: Sendable {
  let plan: Plan
  let arena: OwnedBuffer
  /// The calls of the steps that are convolutions, by index of the step.
  let calls: [Int: ConvolutionCall]

  /// - Parameter arena: At least as large as the plan's memory.
  init(_ plan: Plan, arena: OwnedBuffer) throws(EngineError) {
    self.plan = plan
    self.arena = arena
    var calls: [Int: ConvolutionCall] = [:]
    for (index, step) in plan.steps.enumerated() {
      guard let step = step as? ConvolveStep else { continue }
      calls[index] = try ConvolutionCall(
        step.convolution, weights: step.weights, source: plan.address(step.source, in: arena),
        destination: plan.address(step.destination, in: arena),
        scratch: plan.address(step.scratch, in: arena))
    }
    self.calls = calls
  }

  /// - Parameter input: The elements of the input: float32, nchw.
  /// - Returns: The graph's outputs in its order.
  func run(
    _ input: UnsafePointer<Float>, observe: ((Node, Tensor) throws -> Void)?
  ) throws -> [Tensor] {
    let outputs = plan.outputShapes.map { OwnedBuffer(count: $0.reduce(4, *)) }
    for output in outputs { output.adviseLargePages() }
    var run = PlanRun(plan: plan, arena: arena, input: input, outputs: outputs)
    var pending = plan.observations[...]
    for (index, step) in plan.steps.enumerated() {
      run.convolution = calls[index]
      try step.run(run)
      while let observe, let next = pending.first, next.stepCount == index + 1 {
        pending.removeFirst()
        let values = OwnedBuffer(count: next.shape.reduce(4, *))
        onednn_to_nchw(
          run.native(next.view), values.memory.assumingMemoryBound(to: Float.self).baseAddress,
          run.extent(next.view))
        try observe(next.node, Self.tensor(values, next.shape, name: next.node.name))
      }
    }
    return try zip(outputs, plan.outputShapes).map { try Self.tensor($0, $1, name: "output") }
  }

  private static func tensor(_ values: OwnedBuffer, _ shape: [Int], name: String) throws -> Tensor {
    try Tensor(
      storage: TensorStorage(key: name, bytes: Bytes(values)), dtype: .float32, shape: shape)
  }
}
#endif
