import PthTensors

/// Statistics of one output of a run, and its comparison with a reference.
package struct StageReport: Sendable, Hashable {
  /// `layer1`…, or a node's name.
  package let name: String
  package let shape: [Int]
  /// Mean, `torch.std`, minimum and maximum of the finite elements; nil if there are none.
  package let mean, std, min, max: Double?
  /// Number of NaN and infinite elements.
  package let notFiniteCount: Int
  /// The comparison with the reference; nil if there is no reference.
  package let comparison: TensorComparison?
  /// Whether all elements are finite and the relative L2 error is at most the tolerance.
  package let passes: Bool

  /// - Precondition: `expected` has the shape of `actual`.
  /// - Throws: errors of reading the tensors.
  package init(_ name: String, _ actual: Tensor, expected: Tensor?, tolerance: Double) throws {
    let statistics = try TensorStatistics(actual)
    self.name = name
    shape = actual.shape
    (mean, std) = (statistics.mean, statistics.standardDeviation)
    (min, max) = (statistics.minimum, statistics.maximum)
    notFiniteCount = statistics.nanCount + statistics.infinityCount
    comparison = try expected.map { try TensorComparison(actual, expected: $0) }
    passes = notFiniteCount == 0 && comparison.map { $0.relativeL2 <= tolerance } ?? true
  }

  /// Reports on the outputs of one run, each compared with the tensor of the same name in `expected`. Outputs without
  /// one are left out; without `expected` all are reported and none is compared.
  ///
  /// - Throws: ``EngineError/input(_:)`` if one of those tensors has another shape.
  package static func all(
    _ actual: StateDict, expected: StateDict?, tolerance: Double
  ) throws -> [StageReport] {
    try all(actual, expected: expected) { _ in tolerance }
  }

  /// The same with a separate tolerance for each output.
  ///
  /// - Throws: ``EngineError/input(_:)`` if one of those tensors has another shape.
  package static func all(
    _ actual: StateDict, expected: StateDict?, tolerance: (String) -> Double
  ) throws -> [StageReport] {
    try actual.tensors.compactMap { name, tensor in
      guard let expected else {
        return try StageReport(name, tensor, expected: nil, tolerance: tolerance(name))
      }
      guard let other = expected[name] else { return nil }
      guard other.shape == tensor.shape else {
        throw EngineError.referenceShape(other.shape, of: name, network: tensor.shape)
      }
      return try StageReport(name, tensor, expected: other, tolerance: tolerance(name))
    }
  }
}
