#if OneDNN
import PthBackbones

/// An operation that oneDNN computes as a convolution. Its weights are `[out, …]`.
protocol OneDNNConvolution: OneDNNOperation {
  var weightRole: StateRole { get }
  var biasRole: StateRole { get }

  /// The convolution, without bias (one is always folded in), and the size of what it reads.
  ///
  /// - Parameters:
  ///   - input: Shape of the first input.
  ///   - output: Shape of the result.
  func equivalent(input: [Int], output: [Int]) -> (layer: Conv2d, inputSize: Size2D)

  /// Positions of the kernel that lie side by side in the channels of what it reads; the weights
  /// are brought into that order.
  var gatheredPositions: Int { get }
}

extension OneDNNConvolution {
  var asConvolution: (any OneDNNConvolution)? { self }
  var gatheredPositions: Int { 1 }

  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView {
    builder.convolve(node, at: index, from: node.first.inputs[0])
  }
}

/// Dense buffers; `scratch` is working memory.
struct ConvolveStep: PlanStep {
  let convolution: CompiledConvolution
  let weights: PackedWeights
  let source: Int
  let destination: Int
  let scratch: Int

  var buffers: [Int] { [source, destination, scratch] }

  func run(_ run: PlanRun) throws(EngineError) { try run.convolution?.run() }
}

extension PlanBuilder {
  mutating func convolve(
    _ node: FusedNode, at index: Int, from value: Value
  ) -> BufferView {
    let convolution = convolutions[node.output]!
    let source = dense(value, isBlocked: convolution.isWinograd)
    let out = destination(of: node, at: index, source: source, convolution)
    append(convolution, from: source, to: out.buffer)
    return out
  }

  mutating func append(_ convolution: PlannedConvolution, from source: Int, to out: Int) {
    let scratch = append(Buffer(byteCount: max(convolution.compiled.scratchByteCount, 64)))
    steps.append(
      ConvolveStep(
        convolution: convolution.compiled, weights: convolution.weights, source: source,
        destination: out, scratch: scratch))
  }

  /// The memory of a convolution's result: that of the addend, if nothing else needs it.
  private mutating func destination(
    of node: FusedNode, at index: Int, source: Int, _ convolution: PlannedConvolution
  ) -> BufferView {
    guard let addend = node.addend, let view = views[addend] else {
      return wholeBuffer(of: node.output, isBlocked: convolution.isWinograd)
    }
    let origin = uses.origin(of: addend).value
    if isWhole(view), view.buffer != source,
      uses.reads(of: origin).allSatisfy({ $0.step <= index })
    {
      return view
    }
    let out = wholeBuffer(of: node.output)
    steps.append(AddStep(view, nil, to: out))
    return out
  }
}
#endif
