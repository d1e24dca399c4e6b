#if OneDNN
import PthBackbones
import PthBytes
import CPthOneDNN
import PthTensors

/// A convolution of a plan: the compiled code and the packed weights.
struct PlannedConvolution: Sendable {
  let compiled: CompiledConvolution
  let weights: PackedWeights
  let isWinograd: Bool
}

/// The compiled convolutions and packed weights of a graph, shared between the plans of all input shapes.
struct ConvolutionCache: Sendable {
  private var compiled: [ConvolutionSpecification: CompiledConvolution] = [:]
  /// For the output of each fused node, its weights in every layout that was needed so far.
  private var packed: [Value: [(layout: CompiledConvolution, weights: PackedWeights)]] = [:]

  /// The convolution of a fused node; nil if the node is no convolution.
  ///
  /// - Parameter staging: Scratch memory with room for the node's weights in float32.
  /// - Throws: ``EngineError/backend(_:)`` if oneDNN has no implementation.
  mutating func convolution(
    of fused: FusedNode, in graph: ModelGraph, shapes: [[Int]], weights: StateDict,
    staging: OwnedBuffer
  ) throws -> PlannedConvolution? {
    guard let convolution = fused.operation.asConvolution else { return nil }
    let direct = ConvolutionSpecification(
      fused, convolution, input: shapes[fused.first.inputs[0].id],
      output: shapes[fused.output.id])
    var specification = direct
    specification.isWinograd = direct.suitsWinograd
    var code = compile(specification)
    if code == nil, specification.isWinograd {
      specification = direct
      code = compile(specification)
    }
    guard let code else {
      throw EngineError.backend("oneDNN cannot compute \(fused.first.name) (\(direct))")
    }
    return PlannedConvolution(
      compiled: code, weights: try pack(fused, convolution, for: code, in: graph, weights, staging),
      isWinograd: specification.isWinograd)
  }

  private mutating func compile(_ specification: ConvolutionSpecification) -> CompiledConvolution? {
    if let known = compiled[specification] { return known }
    let result = CompiledConvolution(specification)
    compiled[specification] = result
    return result
  }

  private mutating func pack(
    _ fused: FusedNode, _ convolution: any OneDNNConvolution, for code: CompiledConvolution,
    in graph: ModelGraph, _ weights: StateDict, _ staging: OwnedBuffer
  ) throws -> PackedWeights {
    if let known = packed[fused.output]?.first(where: {
      onednn_convolution_shares_weights($0.layout.handle, code.handle)
    }) {
      return known.weights
    }
    let scale = try graph.channelScale(
      of: fused, convolution, channels: code.outChannels, weights)
    let folded = staging.memory.bindMemory(to: Float.self)
    try graph.foldWeights(
      of: fused.first, convolution, by: scale.scale, weights, into: folded)
    let result = PackedWeights(
      weights: OwnedBuffer(count: onednn_convolution_weight_bytes(code.handle)),
      bias: OwnedBuffer(count: scale.shift.count * 4))
    result.weights.adviseLargePages()
    result.bias.memory.copyBytes(from: scale.floatShift.withUnsafeBytes(Array.init))
    guard
      onednn_convolution_pack(
        code.handle, folded.baseAddress,
        result.weights.memory.baseAddress)
    else { throw EngineError.backend("oneDNN cannot pack the weights of \(fused.first.name)") }
    packed[fused.output, default: []].append((code, result))
    return result
  }
}

extension ConvolutionSpecification {
  /// The specification of a fused node's convolution.
  ///
  /// - Parameters:
  ///   - input: Shape of the first input.
  ///   - output: Shape of the output.
  fileprivate init(
    _ fused: FusedNode, _ convolution: any OneDNNConvolution, input: [Int], output: [Int]
  ) {
    let (layer, inputSize) = convolution.equivalent(input: input, output: output)
    self.init(
      images: output[0], convolution: layer, inputSize: inputSize,
      outputSize: output.count == 4 ? Size2D(output[2], output[3]) : 1, adds: fused.addend != nil,
      ceiling: fused.ceiling)
  }

  /// Whether Winograd's algorithm F(4×4, 3×3) is applicable and faster.
  ///
  /// It needs a quarter of the multiplications but reads four times as many weights, so it pays only with enough
  /// tiles. Its layout pads channels to multiples of 16, so it also needs enough channels.
  fileprivate var suitsWinograd: Bool {
    let tiles = images * ((outputSize.height + 3) / 4) * ((outputSize.width + 3) / 4)
    return convolution.kernel == 3 && convolution.stride == 1 && convolution.dilation == 1
      && convolution.groups == 1 && !adds && tiles >= 16
      && min(convolution.inChannels, convolution.outChannels) >= 24
  }
}
#endif
