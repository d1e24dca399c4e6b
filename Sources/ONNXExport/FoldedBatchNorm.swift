import PthBackbones
import PthTensors

/// A batch norm behind a convolution, as a factor and a bias for each channel:
/// γ · (x − μ) / √(σ² + ε) + β = factor · x + shift.
struct FoldedBatchNorm {
  let factors: [Double]
  let shifts: [Double]

  /// - Parameter bias: the convolution's bias; nil if it has none.
  /// - Throws: errors of reading a tensor's values.
  init(
    _ norm: BatchNorm2d, weight: Tensor, bias normBias: Tensor, mean: Tensor, variance: Tensor,
    convolutionBias bias: Tensor?
  ) throws {
    func reals(_ tensor: Tensor) throws -> [Double] {
      try TensorElements(tensor).values().map(\.real)
    }
    let factors = try zip(reals(weight), reals(variance)).map { $0 / ($1 + norm.eps).squareRoot() }
    let means = try reals(mean)
    let biases = try bias.map(reals) ?? Array(repeating: 0, count: norm.channels)
    shifts = try reals(normBias).enumerated().map { channel, shift in
      shift + (biases[channel] - means[channel]) * factors[channel]
    }
    self.factors = factors
  }
}

/// The batch norms of a graph that can be folded into the convolution before them.
struct FoldingPlan {
  /// The node index of the batch norm, by the node index of its convolution.
  let normOfConvolution: [Int: Int]

  /// Finds the batch norms whose convolution has no other reader and shares its weights with no other node.
  init(_ graph: ModelGraph) {
    var uses: [Value: Int] = [:]
    for value in graph.nodes.flatMap(\.inputs) + graph.outputs.map(\.value) {
      uses[value, default: 0] += 1
    }
    var applications: [Range<Int>: Int] = [:]
    for node in graph.nodes where !node.state.isEmpty { applications[node.state, default: 0] += 1 }
    var norms: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      guard node.operation is BatchNorm2d, let producer = node.inputs[0].producer else {
        continue
      }
      let convolution = graph.nodes[producer]
      guard onnxOperations[convolution.operation]?.foldsBatchNorm == true else { continue }
      if uses[node.inputs[0]] == 1, applications[convolution.state] == 1 { norms[producer] = index }
    }
    normOfConvolution = norms
  }

  /// A plan that folds no batch norm.
  static let none = FoldingPlan(normOfConvolution: [:])

  private init(normOfConvolution: [Int: Int]) { self.normOfConvolution = normOfConvolution }
}
