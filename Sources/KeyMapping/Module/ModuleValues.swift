import PthTensors

extension ModuleMapping {
  /// Checks the loaded tensors, the smallest first until `elementLimit` elements were read, for NaN, infinities and
  /// running variances that are not positive.
  ///
  /// Tensors whose type has a larger range than the target's are all read, to find values out of range.
  ///
  /// - Parameters:
  ///   - state: the state dict that was mapped.
  ///   - target: the entries that it was mapped onto.
  /// - Throws: errors of reading the tensors.
  package func valueWarnings(
    in state: StateDict, onto target: [ModuleEntry], elementLimit: Int
  ) throws -> [LoadWarning] {
    var broken: [String] = []
    var variances: [String] = []
    var remaining = elementLimit
    let found = report.loaded.compactMap { item in
      state[item.source].map { (name: item.target, tensor: $0) }
    }
    for (name, tensor) in found.sorted(by: { $0.tensor.elementCount < $1.tensor.elementCount })
    where tensor.dtype.isFloatingPoint && !tensor.dtype.isPacked {
      remaining -= min(remaining, tensor.elementCount)
      guard remaining > 0 else { break }
      if try !tensor.isFinite() {
        broken.append(name)
      } else if name.lastKeyComponent == "running_var",
        let least = try TensorStatistics(tensor).minimum, least <= 0
      {
        variances.append(name)
      }
    }
    return [
      try .outOfRange(in: target) { sources[$0].flatMap { state[$0] } },
      .notFinite(broken), .varianceNotPositive(variances),
    ].compactMap(\.self)
  }
}
