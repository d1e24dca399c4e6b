import Backbones
import Tensors

extension LoadedBackbone {
  /// Looks at the values that came from the checkpoint: NaN and infinities, running variances that
  /// are not positive, norms whose weight is 0 throughout.
  ///
  /// - Throws: what reading the tensors throws.
  /// - Complexity: O(elements): all weights are read.
  public func valueWarnings() throws -> [LoadWarning] {
    let loaded = Set(report.loaded.filter { $0.source != nil }.map(\.target))
    var broken: [String] = []
    var variances: [String] = []
    var zeros: [String] = []
    for entry in graph.state {
      let target = report.targetPrefix + entry.name
      guard loaded.contains(target), let tensor = weights[entry.name],
        entry.dtype.isFloatingPoint
      else { continue }
      let statistics = try TensorStatistics(tensor)
      if statistics.nanCount + statistics.infinityCount > 0 { broken.append(target) }
      switch entry.role {
      case .runningVar where (statistics.minimum ?? 1) <= 0: variances.append(target)
      case .normWeight where statistics.minimum == 0 && statistics.maximum == 0:
        zeros.append(target)
      default: continue
      }
    }
    return [
      warning(
        .notFinite, broken, "contain NaN or infinite values: training or its export has failed"),
      warning(
        .varianceNotPositive, variances,
        "have elements of 0 or less, which no training leaves in a running variance"),
      warning(
        .zeroNorm, zeros,
        "are 0 throughout: what they scale is switched off, as zero_init_residual does before training"
      ),
    ].compactMap(\.self)
  }

  private func warning(
    _ code: LoadWarning.Code, _ keys: [String], _ text: String
  ) -> LoadWarning? {
    guard let first = keys.first else { return nil }
    let others = keys.count == 1 ? "" : " and \(keys.count - 1) more"
    return LoadWarning(code, "\(first)\(others) \(text)", keys: keys)
  }
}
