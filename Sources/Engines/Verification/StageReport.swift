import PthTensors

/// One output of a run: its figures, and how far it is from what it was compared with.
package struct StageReport: Sendable, Hashable {
  /// `layer1`…, or a node's name.
  package let name: String
  package let shape: [Int]
  /// Mean, `torch.std`, minimum and maximum of the finite elements; nil if there are none.
  package let mean, std, min, max: Double?
  /// NaN and infinite elements.
  package let notFiniteCount: Int
  /// Nil if there was nothing to compare with.
  package let comparison: TensorComparison?
  /// Whether all elements are finite and the relative L2 error is at most the tolerance.
  package let passes: Bool

  /// - Precondition: `expected` has the shape of `actual`.
  /// - Throws: what reading the tensors throws.
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

  /// Reports on the outputs of one run, compared with those of `expected` that have the same name.
  ///
  /// - Throws: ``EngineError/input(_:)`` if one of those has another shape.
  package static func all(
    _ actual: StateDict, expected: StateDict?, tolerance: Double
  ) throws -> [StageReport] {
    try all(actual, expected: expected) { _ in tolerance }
  }

  /// The same with a tolerance for each output.
  ///
  /// - Throws: ``EngineError/input(_:)`` if one of those has another shape.
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
