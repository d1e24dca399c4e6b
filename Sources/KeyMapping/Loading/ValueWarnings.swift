import PthBackbones
import PthTensors

extension LoadedBackbone {
  /// Looks at all values that came from the checkpoint.
  ///
  /// - Throws: what reading the tensors throws.
  /// - Complexity: O(elements): all weights are read.
  package func valueWarnings() throws -> [LoadWarning] {
    try ValueCheck(graph: graph, report: report).warnings { weights[graph.state[$0].name] }
  }
}

extension KeyMapping {
  /// Looks at the values of the checkpoint's tensors, the smallest first, until `elementLimit`
  /// elements were read: the norms, which a failed training spoils as well, are among them, and
  /// the large convolutions stay untouched.
  ///
  /// - Parameter state: the state dict that was mapped.
  /// - Throws: what reading the tensors throws.
  package func valueWarnings(in state: StateDict, elementLimit: Int) throws -> [LoadWarning] {
    try ValueCheck(graph: target, report: report).warnings(elementLimit: elementLimit) {
      tensor(ofEntryAt: $0, in: state)
    }
  }
}

/// NaN and infinities, running variances that are not positive, norms whose weight is 0 throughout.
private struct ValueCheck {
  let graph: ModelGraph
  let report: LoadReport

  func warnings(elementLimit: Int = .max, tensor: (Int) -> Tensor?) throws -> [LoadWarning] {
    let loaded = Set(report.loaded.map(\.target))
    var broken: Set<String> = []
    var variances: Set<String> = []
    var zeros: Set<String> = []
    var remaining = elementLimit
    let smallestFirst = graph.state.enumerated().map { (size: $1.elementCount, index: $0) }
      .sorted { ($0.size, $0.index) < ($1.size, $1.index) }
    for (_, index) in smallestFirst {
      let entry = graph.state[index]
      let target = report.targetPrefix.isEmpty ? entry.name : report.targetPrefix + entry.name
      guard entry.dtype.isFloatingPoint, loaded.contains(target), let tensor = tensor(index) else {
        continue
      }
      remaining -= min(remaining, tensor.elementCount)
      guard remaining > 0 else { break }
      if try !tensor.isFinite() { broken.insert(target) }
      // Only norms have values of their own to be judged.
      if entry.role == .runningVar {
        if let least = try tensor.extremes()?.lowerBound, least <= 0 { variances.insert(target) }
      } else if entry.role == .normWeight {
        if try tensor.extremes() == 0...0 { zeros.insert(target) }
      }
    }
    func inOrder(_ keys: Set<String>) -> [String] {
      keys.isEmpty ? [] : graph.state.map { report.targetPrefix + $0.name }.filter(keys.contains)
    }
    return [
      warning(
        .notFinite, inOrder(broken),
        "contain NaN or infinite values: training or its export has failed"),
      warning(
        .varianceNotPositive, inOrder(variances),
        "have elements of 0 or less, which no training leaves in a running variance"),
      warning(
        .zeroNorm, inOrder(zeros),
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
