#if OneDNN
import PthBackbones
import PthBytes
import CPthOneDNN
import PthTensors

/// A convolution's weights and bias in oneDNN's layout, with the batch norm folded in.
final class PackedWeights: Sendable {
  let weights: OwnedBuffer
  let bias: OwnedBuffer

  init(weights: OwnedBuffer, bias: OwnedBuffer) {
    self.weights = weights
    self.bias = bias
  }
}

/// A batch norm or bias as a function per channel: x · scale + shift.
struct ChannelScale: Sendable {
  var scale: [Double]
  var shift: [Double]

  /// Only a convolution's bias.
  init(bias: [Double]) {
    scale = [Double](repeating: 1, count: bias.count)
    shift = bias
  }

  /// A batch norm in inference mode, computed in float64.
  init(_ norm: BatchNorm2d, of node: Node, in graph: ModelGraph, _ weights: StateDict) throws {
    let (mean, variance) = (
      try graph.values(.runningMean, of: node, weights),
      try graph.values(.runningVar, of: node, weights)
    )
    scale = zip(try graph.values(.normWeight, of: node, weights), variance).map {
      weight, variance in
      weight / (variance + norm.eps).squareRoot()
    }
    shift = zip(try graph.values(.normBias, of: node, weights), zip(mean, scale)).map {
      $0 - $1.0 * $1.1
    }
  }

  /// The composition: `first`, then this function.
  func applied(after first: ChannelScale) -> ChannelScale {
    var result = self
    for channel in scale.indices {
      result.scale[channel] *= first.scale[channel]
      result.shift[channel] += first.shift[channel] * scale[channel]
    }
    return result
  }

  var floatScale: [Float] { scale.map(Float.init) }
  var floatShift: [Float] { shift.map(Float.init) }
}

extension ModelGraph {
  /// The tensor that `node` reads in `role`; nil if it reads none.
  func tensor(_ role: StateRole, of node: Node, _ weights: StateDict) -> Tensor? {
    entry(role, of: node).flatMap { weights[$0.name] }
  }

  /// The elements, in C order, of the tensor that `node` reads in `role`; empty if it reads none.
  func values(_ role: StateRole, of node: Node, _ weights: StateDict) throws -> [Double] {
    try tensor(role, of: node, weights)?.doubles() ?? []
  }

  /// The function per channel behind a convolution's (or linear layer's) products: bias and fused batch norm.
  func channelScale(
    of fused: FusedNode, _ convolution: any OneDNNConvolution, channels: Int,
    _ weights: StateDict
  ) throws -> ChannelScale {
    var bias = try values(convolution.biasRole, of: fused.first, weights)
    if bias.isEmpty { bias = [Double](repeating: 0, count: channels) }
    let own = ChannelScale(bias: bias)
    guard let norm = fused.norm, let layer = norm.operation as? BatchNorm2d else { return own }
    return try ChannelScale(layer, of: norm, in: self, weights).applied(after: own)
  }

  /// Writes the weights `[out, …]` of a convolution or linear layer with `scale` folded in: computed in
  /// float64 and rounded once to float32.
  func foldWeights(
    of node: Node, _ convolution: any OneDNNConvolution, by scale: [Double],
    _ weights: StateDict, into folded: UnsafeMutableBufferPointer<Float>
  ) throws {
    let role = convolution.weightRole
    guard let tensor = tensor(role, of: node, weights) else {
      throw EngineError.weights("\(node.name) has no weights")
    }
    let columns = tensor.elementCount / scale.count
    let positions = convolution.gatheredPositions
    if positions > 1 {
      // In the equivalent convolution's input, the channels of one kernel position are adjacent.
      let width = columns / positions
      for (index, value) in try values(role, of: node, weights).enumerated() {
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        let (channel, position) = column.quotientAndRemainder(dividingBy: positions)
        folded[row * columns + position * width + channel] = Float(value * scale[row])
      }
    } else if tensor.dtype == .float32, tensor.isContiguous {
      // Read in windows, so that the pages of a mapped file do not stay in memory beside the copy.
      var position = 0
      let bytes = UnsafeMutableRawBufferPointer(folded)
      try tensor.contiguousBytes().forEachWindow { window in
        UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: window)
        position += window.count
        return true
      }
      onednn_fold(folded.baseAddress, scale, Int64(scale.count), Int64(columns))
    } else {
      for (index, value) in try values(role, of: node, weights).enumerated() {
        folded[index] = Float(value * scale[index / columns])
      }
    }
  }
}
#endif
