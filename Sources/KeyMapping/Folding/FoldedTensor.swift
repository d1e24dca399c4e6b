import PthBytes
import PthTensors

extension ParameterFold {
  /// The parameter, computed in float64 from its parts each time its bytes are read, and rounded to the dtype of the
  /// part that has its shape.
  ///
  /// - Returns: Nil if a part has no values or is not of a real type, or if the size overflows.
  /// - Throws: `TensorError` if no tensor of this shape and type can be made.
  func tensor(of state: StateDict) throws(TensorError) -> Tensor? {
    let tensors = parts.compactMap { state[$0] }
    guard tensors.count == parts.count, let first = tensors.first,
      tensors.allSatisfy({ !$0.storage.isMeta && $0.quantizer == nil && $0.dtype.isReal }),
      first.dtype.isFloatingPoint,
      let byteCount = DType.float64.byteCount(elements: first.elementCount)
    else { return nil }
    let method = method
    let storage = TensorStorage(
      key: name, byteCount: byteCount, device: first.storage.device, shard: first.storage.shard,
      keepsBytes: false
    ) {
      let values = try method.values(
        of: tensors.map { try $0.doubles() }, shapes: tensors.map(\.shape))
      return values.withUnsafeBytes { Bytes($0) }
    }
    return try Tensor(storage: storage, dtype: .float64, shape: shape).cast(to: first.dtype)
  }
}

extension ParameterFold.Method {
  /// The parameter's elements in C order.
  ///
  /// - Parameters:
  ///   - parts: the elements of the parts; the part with the parameter's shape is the first.
  ///   - shapes: the shapes of the parts.
  fileprivate func values(of parts: [[Double]], shapes: [[Int]]) -> [Double] {
    let weight = parts[0]
    switch self {
    case .pruning:
      return zip(weight, parts[1]).map { $0 * $1 }
    case .weightNorm:
      let slices = WeightSlices(weight: shapes[0], lengths: shapes[1])
      var squares = [Double](repeating: 0, count: parts[1].count)
      for (index, value) in weight.enumerated() { squares[slices[index]] += value * value }
      let factors = zip(parts[1], squares).map { $0 / $1.squareRoot() }
      return weight.enumerated().map { $1 * factors[slices[$0]] }
    case .spectralNorm:
      let columns = parts[2].count
      var sigma = 0.0
      for (row, u) in parts[1].enumerated() {
        var product = 0.0
        for column in 0..<columns { product += weight[row * columns + column] * parts[2][column] }
        sigma += u * product
      }
      return weight.map { $0 / sigma }
    }
  }
}

/// The slice of a weight that each element is in, along the dimension of weight norm's `g` that is not 1.
private struct WeightSlices {
  /// Elements between the starts of neighbouring slices, and number of slices.
  private let stride: Int
  private let count: Int

  init(weight: [Int], lengths: [Int]) {
    let dimension = lengths.firstIndex { $0 != 1 }
    stride = dimension.map { weight[($0 + 1)...].reduce(1, *) } ?? weight.reduce(1, *)
    count = dimension.map { weight[$0] } ?? 1
  }

  subscript(element: Int) -> Int { stride == 0 ? 0 : element / stride % count }
}

extension DType {
  /// Whether its elements are plain real numbers: not complex, quantised or packed.
  fileprivate var isReal: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .bool, .uint8, .int8, .int16, .int32, .int64: true
    default: false
    }
  }
}
