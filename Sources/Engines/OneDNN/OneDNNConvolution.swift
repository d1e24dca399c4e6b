#if OneDNN
import PthBackbones

/// An operation that oneDNN computes as a convolution, with weights of shape `[out, …]`.
protocol OneDNNConvolution: OneDNNOperation {
  var weightRole: StateRole { get }
  var biasRole: StateRole { get }

  /// The equivalent convolution, without its bias (which is always passed with the folded batch norm), and the height
  /// and width of its input.
  ///
  /// - Parameters:
  ///   - input: Shape of the operation's first input.
  ///   - output: Shape of the operation's output.
  func equivalent(input: [Int], output: [Int]) -> (layer: Conv2d, inputSize: Size2D)

  /// Number of kernel positions whose channels are concatenated in the equivalent convolution's input, position by
  /// position; the weights are reordered accordingly.
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

/// A convolution from one dense buffer to another, with a scratch buffer.
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

  /// The memory of a convolution's result: the addend's if nothing reads that later, else new memory, into which the
  /// addend is copied.
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
