import PthBackbones
import PthTensors

/// A constant tensor of the ONNX graph, named by its key in the state dict.
struct ONNXInitializer {
  let name: String
  let shape: [Int]
  let dtype: DType
  let values: Values

  enum Values {
    /// An unchanged tensor.
    case tensor(Tensor)
    /// A convolution's weight, each output channel multiplied by its factor.
    case scaled(Tensor, by: [Double])
    /// A folded bias.
    case computed([Double])
  }

  /// Size of the elements in bytes.
  var byteCount: Int { shape.reduce(dtype.itemSize, *) }
}

/// The weights that a graph reads, after checks.
struct CheckedWeights {
  /// The dtype in which the network computes.
  let dtype: DType
  private let weights: StateDict

  /// - Throws: ``ONNXExportError`` if a tensor that `graph` reads is missing, has another shape or no values, or is
  ///   far larger than its storage, or if dtypes differ. As ONNX allows, a batch norm's statistics may be float32
  ///   beside weights of another dtype.
  init(_ weights: StateDict, of graph: ModelGraph) throws(ONNXExportError) {
    var first: (key: String, dtype: DType)?
    for entry in graph.state where entry.role != .numBatchesTracked {
      guard let tensor = weights[entry.name] else { throw .missing(key: entry.name) }
      guard tensor.shape == entry.shape else {
        throw .shape(key: entry.name, has: tensor.shape, wants: entry.shape)
      }
      guard !tensor.storage.isMeta else { throw .noData(key: entry.name) }
      guard !tensor.exceedsExpansionLimit else { throw .expanded(key: entry.name) }
      guard tensor.dtype.onnxType != nil else { throw .dtype(key: entry.name, tensor.dtype) }
      let expected = first ?? (entry.name, tensor.dtype)
      first = expected
      let mayBeFloat32 = entry.role == .runningMean || entry.role == .runningVar
      guard tensor.dtype == expected.dtype || mayBeFloat32 && tensor.dtype == .float32 else {
        throw .mixedDTypes(
          key: entry.name, tensor.dtype, other: expected.key, expected.dtype)
      }
    }
    dtype = first?.dtype ?? .float32
    self.weights = weights
  }

  /// The tensor of an entry of the graph; counters of batches need not have one.
  subscript(entry: StateEntry) -> Tensor { weights[entry.name]! }
}
