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
    let smallestFirst = graph.state.indices.sorted {
      (graph.state[$0].elementCount, $0) < (graph.state[$1].elementCount, $1)
    }
    for index in smallestFirst {
      let entry = graph.state[index]
      let target = report.targetPrefix + entry.name
      guard entry.dtype.isFloatingPoint, loaded.contains(target), let tensor = tensor(index) else {
        continue
      }
      remaining -= min(remaining, tensor.elementCount)
      guard remaining > 0 else { break }
      // Only norms have values of their own to be judged; the rest has to be finite.
      guard entry.role == .runningVar || entry.role == .normWeight else {
        if try !tensor.isFinite() { broken.insert(target) }
        continue
      }
      let statistics = try TensorStatistics(tensor)
      if statistics.nanCount + statistics.infinityCount > 0 { broken.insert(target) }
      if entry.role == .runningVar {
        if (statistics.minimum ?? 1) <= 0 { variances.insert(target) }
      } else if statistics.minimum == 0 && statistics.maximum == 0 {
        zeros.insert(target)
      }
    }
    let names = graph.state.map { report.targetPrefix + $0.name }
    func inOrder(_ keys: Set<String>) -> [String] { names.filter(keys.contains) }
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
