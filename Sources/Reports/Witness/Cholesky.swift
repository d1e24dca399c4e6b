/// The Cholesky factor of a symmetric positive definite matrix. Only the lower triangle is read.
struct Cholesky {
  private let size: Int
  private var factor: [Double]

  /// Nil if the matrix is not positive definite.
  init?(_ matrix: [Double], size: Int) {
    self.size = size
    factor = matrix
    for row in 0..<size {
      for column in 0...row {
        var sum = factor[row * size + column]
        for index in 0..<column {
          sum -= factor[row * size + index] * factor[column * size + index]
        }
        if row == column {
          guard sum > 0, sum.isFinite else { return nil }
          factor[row * size + row] = sum.squareRoot()
        } else {
          factor[row * size + column] = sum / factor[column * size + column]
        }
      }
    }
  }

  /// The solution x of `matrix · x = vector`.
  func solved(_ vector: [Double]) -> [Double] {
    var result = vector
    for row in 0..<size {
      for index in 0..<row { result[row] -= factor[row * size + index] * result[index] }
      result[row] /= factor[row * size + row]
    }
    for row in (0..<size).reversed() {
      for index in row + 1..<size { result[row] -= factor[index * size + row] * result[index] }
      result[row] /= factor[row * size + row]
    }
    return result
  }
}
