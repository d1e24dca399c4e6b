import PthTensors

/// The difference between a tensor and its reference.
package struct TensorComparison: Sendable, Hashable {
  /// Largest absolute difference of two elements; NaN if any difference is NaN.
  package let maxAbsError: Double
  /// ‖actual − expected‖₂ / ‖expected‖₂; infinite if the expected tensor is all zeros and the actual one is not.
  package let relativeL2: Double
  /// Cosine of the angle between both; 1 if both are all zeros, 0 if only one is.
  package let cosine: Double

  /// Compares element by element in float64.
  ///
  /// - Precondition: Both have the same number of elements.
  /// - Throws: errors of reading the tensors.
  /// - Complexity: O(elements).
  package init(_ actual: Tensor, expected: Tensor) throws {
    precondition(actual.elementCount == expected.elementCount, "the shapes differ")
    let (left, right) = (try actual.doubles(), try expected.doubles())
    var largest = 0.0
    var (errors, products, leftSquares, rightSquares) = (0.0, 0.0, 0.0, 0.0)
    for index in left.indices {
      let (a, b) = (left[index], right[index])
      let error = abs(a - b)
      if error > largest || error.isNaN { largest = error }
      errors += error * error
      products += a * b
      leftSquares += a * a
      rightSquares += b * b
    }
    maxAbsError = largest
    relativeL2 = errors == 0 ? 0 : (errors / rightSquares).squareRoot()
    let size = (leftSquares * rightSquares).squareRoot()
    cosine = size == 0 ? (leftSquares == rightSquares ? 1 : 0) : products / size
  }
}
