#if OneDNN
import PthBackbones
import PthBytes
import CPthOneDNN
import PthTensors

/// The steps that compute a graph for one input shape.
struct Plan: Sendable {
  let buffers: [Buffer]
  let steps: [PlanStep]
  /// The nodes whose output is in memory by itself after so many steps, and where.
  let observations: [Observation]
  /// The shapes of the graph's outputs.
  let outputShapes: [[Int]]
  let memory: MemoryPlan
  /// The batch norms that are steps of their own, by the index of the step.
  let norms: [Int: Node]

  struct Observation: Sendable {
    let stepCount: Int
    let node: Node
    let shape: [Int]
    let view: BufferView
  }

  init(
    buffers: [Buffer], steps: [PlanStep], observations: [Observation], outputShapes: [[Int]],
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

/// A plan with memory to work in.
final class BoundPlan: Sendable {
  let plan: Plan
  private let arena: OwnedBuffer
  /// For each step that is a convolution.
  private let calls: [Int: ConvolutionCall]

  /// - Parameter arena: At least as large as the plan's memory.
  init(_ plan: Plan, arena: OwnedBuffer) throws(EngineError) {
    self.plan = plan
    self.arena = arena
    var calls: [Int: ConvolutionCall] = [:]
    for (index, step) in plan.steps.enumerated() {
      guard
        case .convolve(let convolution, let weights, let source, let destination, let scratch) =
          step
      else { continue }
      calls[index] = try ConvolutionCall(
        convolution, weights: weights, source: plan.address(source, in: arena),
        destination: plan.address(destination, in: arena),
        scratch: plan.address(scratch, in: arena))
    }
    self.calls = calls
  }

  /// - Parameter input: The elements of the input, float32, nchw.
  /// - Returns: The graph's outputs in its order.
  func run(
    _ input: UnsafePointer<Float>, observe: ((Node, Tensor) throws -> Void)?
  ) throws -> [Tensor] {
    let outputs = plan.outputShapes.map { OwnedBuffer(count: $0.reduce(4, *)) }
    for output in outputs { output.adviseLargePages() }
    var pending = plan.observations[...]
    for (index, step) in plan.steps.enumerated() {
      try run(step, index, input, outputs)
      while let observe, let next = pending.first, next.stepCount == index + 1 {
        pending.removeFirst()
        let values = OwnedBuffer(count: next.shape.reduce(4, *))
        onednn_to_nchw(
          native(next.view), values.memory.assumingMemoryBound(to: Float.self).baseAddress,
          extent(next.view))
        try observe(next.node, Self.tensor(values, next.shape, name: next.node.name))
      }
    }
    return try zip(outputs, plan.outputShapes).map { try Self.tensor($0, $1, name: "output") }
  }

  private static func tensor(_ values: OwnedBuffer, _ shape: [Int], name: String) throws -> Tensor {
    try Tensor(
      storage: TensorStorage(key: name, bytes: Bytes(values)), dtype: .float32, shape: shape)
  }

  /// Runs the step of that index.
  func run(
    _ step: PlanStep, _ index: Int, _ input: UnsafePointer<Float>, _ outputs: [OwnedBuffer]
  ) throws {
    switch step {
    case .input(let out): onednn_from_nchw(input, native(out), extent(out))
    case .output(let x, let index):
      onednn_to_nchw(
        native(x), outputs[index].memory.assumingMemoryBound(to: Float.self).baseAddress,
        extent(x))
    case .convolve: try calls[index]?.run()
    case .add(let a, let b, let copy, let out, let rectifies):
      onednn_add(
        native(a), native(b), native(copy), native(out), extent(a), rectifies)
    case .scale(let x, let scale, let shift, let out, let rectifies):
      onednn_scale(native(x), scale, shift, false, native(out), extent(x), rectifies)
    case .groupNorm(let x, let step, let out, let rectifies):
      let scale = floats(step.coefficients)
      let shift = scale + plan.buffers[x.buffer].images * x.channels
      onednn_group_norm(
        native(x), Int64(step.layer.groups), step.layer.eps, step.weight, step.bias, scale, shift,
        extent(x))
      onednn_scale(native(x), scale, shift, true, native(out), extent(x), rectifies)
    case .sigmoid(let x, let out): onednn_sigmoid(native(x), native(out), extent(x))
    case .maxPool(let x, var window, let out): onednn_max_pool(native(x), native(out), &window)
    case .avgPool(let x, var window, let countsPadding, let out):
      onednn_avg_pool(native(x), native(out), &window, countsPadding)
    case .mean(let x, let out): onednn_mean(native(x), floats(out), extent(x))
    case .sample(let x, let offsets, let mask, let layer, var window, let out):
      onednn_deform(
        native(x), native(offsets), native(mask), floats(out), &window,
        Int64(layer.convolution.groups), Int64(layer.deformGroups))
    }
  }

  // MARK: Memory

  private func floats(_ buffer: Int) -> UnsafeMutablePointer<Float> {
    plan.address(buffer, in: arena).assumingMemoryBound(to: Float.self)
  }

  func extent(_ view: BufferView) -> onednn_extent {
    let buffer = plan.buffers[view.buffer]
    return onednn_extent(
      images: Int64(buffer.images), pixels: Int64(buffer.pixels), channels: Int64(view.channels))
  }

  func native(_ view: BufferView?) -> onednn_view {
    guard let view else { return onednn_view() }
    let buffer = plan.buffers[view.buffer]
    if buffer.isBlocked {
      return onednn_view(
        data: floats(view.buffer), pixel: 16, block: Int64(16 * buffer.pixels),
        image: Int64(buffer.pixels * buffer.blockedChannels), is_blocked: true)
    }
    return onednn_view(
      data: floats(view.buffer) + view.channel, pixel: Int64(buffer.channels), block: 16,
      image: Int64(buffer.pixels * buffer.channels), is_blocked: false)
  }
}
#endif
