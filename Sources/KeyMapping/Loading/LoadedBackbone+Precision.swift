import PthBackbones
import PthTensors

extension LoadedBackbone {
  /// ``weights``, with tensors that the file has in half precision (float16, bfloat16) in the file's type.
  ///
  /// A tensor that the file does not have gets the half-precision type of the file's tensors in the same role, if
  /// all of them have the same one.
  ///
  /// - Throws: `TensorError` if a type cannot be converted.
  package func weightsInFilePrecision() throws(TensorError) -> StateDict {
    guard !halfTypes.isEmpty else { return weights }
    var types: [StateRole: Set<DType?>] = [:]
    let missing = Set((report.missing.map(\.target) + report.mismatched.map(\.target)))
    func isMissing(_ entry: StateEntry) -> Bool {
      missing.contains(report.targetPrefix + entry.name)
    }
    for entry in graph.state where !isMissing(entry) {
      types[entry.role, default: []].insert(halfTypes[entry.name])
    }
    var result = weights
    for entry in graph.state {
      let common = types[entry.role].flatMap { $0.count == 1 ? $0.first ?? nil : nil }
      guard let type = isMissing(entry) ? common : halfTypes[entry.name],
        let tensor = weights[entry.name]
      else { continue }
      result[entry.name] = try tensor.cast(to: type)
    }
    return result
  }

  /// ``weights`` with all parameters in one type, for a network that computes in this type.
  ///
  /// - Parameters:
  ///   - dtype: the type; nil for the half-precision type in which the file has all loaded parameters, or
  ///     float32 if it has them in several types.
  ///   - castsStatistics: whether the running statistics of batch norms are cast too. If `dtype` is nil, they
  ///     are also cast if the file has them in that type.
  /// - Throws: `TensorError` if a type cannot be converted.
  package func weights(
    inOne dtype: DType?, castsStatistics: Bool = false
  ) throws(TensorError) -> StateDict {
    guard let type = dtype ?? filePrecision else { return weights }
    var result = weights
    for entry in graph.state {
      guard entry.dtype == .float32, let tensor = weights[entry.name] else { continue }
      let isInFile = dtype == nil && halfTypes[entry.name] == type
      guard !entry.isBuffer || castsStatistics || isInFile else { continue }
      result[entry.name] = try tensor.cast(to: type)
    }
    return result
  }

  /// The half-precision type in which the file has all loaded parameters; nil if it has any of them in another
  /// type.
  private var filePrecision: DType? {
    let missing = Set((report.missing.map(\.target) + report.mismatched.map(\.target)))
    let types = Set(
      graph.state.filter {
        !$0.isBuffer && !missing.contains(report.targetPrefix + $0.name)
      }.map { halfTypes[$0.name] })
    return types.count == 1 ? types.first ?? nil : nil
  }
}
