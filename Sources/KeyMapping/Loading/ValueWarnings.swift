import PthBackbones
import PthTensors

extension LoadedBackbone {
  /// Checks all values that came from the checkpoint.
  ///
  /// - Throws: errors of reading the tensors.
  /// - Complexity: O(elements): all weights are read.
  package func valueWarnings() throws -> [LoadWarning] {
    let loaded = Set(report.loaded.map(\.target))
    let check = ValueCheck(graph: graph, targetPrefix: report.targetPrefix) { index in
      loaded.contains(report.targetPrefix + graph.state[index].name)
    }
    return try check.warnings { weights[graph.state[$0].name] }
  }
}

extension KeyMapping {
  /// Checks the values of the checkpoint's tensors, the smallest first, until `elementLimit` elements were
  /// read. The norms, whose values a failed training also makes NaN, are small enough to be checked, and the large
  /// convolutions are not read.
  ///
  /// - Parameters:
  ///   - state: the state dict that was mapped.
  ///   - survey: statistics of its values that are already known.
  /// - Throws: errors of reading the tensors.
  package func valueWarnings(
    in state: StateDict, elementLimit: Int, survey: ValueSurvey = ValueSurvey()
  ) throws -> [LoadWarning] {
    let check = ValueCheck(graph: target, targetPrefix: report.targetPrefix) {
      sources[$0] != nil
    }
    return try check.warnings(elementLimit: elementLimit) { index in
      seen(entryAt: index, in: survey)
    } tensor: { index in
      tensor(ofEntryAt: index, in: state)
    }
  }
}

/// Finds NaN and infinities, running variances that are not positive, and norms whose weights are all 0.
private struct ValueCheck {
  let graph: ModelGraph
  let targetPrefix: String
  /// Whether the values of an entry came from the checkpoint.
  let isLoaded: (Int) -> Bool

  /// - Parameters:
  ///   - seen: the already known statistics of an entry's values.
  ///   - tensor: the tensor of an entry.
  func warnings(
    elementLimit: Int = .max, seen: (Int) -> ValueSurvey.Finding? = { _ in nil },
    tensor: (Int) -> Tensor?
  ) throws -> [LoadWarning] {
    var broken: Set<Int> = []
    var variances: Set<Int> = []
    var zeros: Set<Int> = []
    var remaining = elementLimit
    let smallestFirst = graph.state.enumerated().map { (size: $1.elementCount, index: $0) }
      .sorted { ($0.size, $0.index) < ($1.size, $1.index) }
    for (_, index) in smallestFirst {
      let entry = graph.state[index]
      guard entry.dtype.isFloatingPoint, isLoaded(index) else { continue }
      remaining -= min(remaining, entry.elementCount)
      guard remaining > 0 else { break }
      let seen = seen(index)
      guard let isFinite = try seen?.isFinite ?? tensor(index)?.isFinite() else { continue }
      if !isFinite { broken.insert(index) }
      // Only running variances and norm weights have further impossible or suspicious values.
      guard entry.role == .runningVar || entry.role == .normWeight else { continue }
      let extremes = try seen?.extremes ?? tensor(index)?.extremes()
      if entry.role == .runningVar {
        if let extremes, extremes.lowerBound <= 0 { variances.insert(index) }
      } else if extremes == 0...0 {
        zeros.insert(index)
      }
    }
    func inOrder(_ entries: Set<Int>) -> [String] {
      entries.sorted().map { targetPrefix + graph.state[$0].name }
    }
    return [
      .notFinite(inOrder(broken)), .varianceNotPositive(inOrder(variances)),
      LoadWarning(
        .zeroNorm, about: inOrder(zeros),
        "are 0 throughout: what they scale is switched off, as residual branches may be before training"
      ),
    ].compactMap(\.self)
  }
}

extension LoadWarning {
  /// The warning that values are NaN or infinite; nil without keys.
  static func notFinite(_ keys: [String]) -> LoadWarning? {
    LoadWarning(
      .notFinite, about: keys, "contain NaN or infinite values: training or its export has failed")
  }

  /// The warning that running variances are not positive; nil without keys.
  static func varianceNotPositive(_ keys: [String]) -> LoadWarning? {
    LoadWarning(
      .varianceNotPositive, about: keys,
      "have elements of 0 or less; a trained running variance is positive")
  }
}
