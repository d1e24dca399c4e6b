import PthBytes

/// Whether the small tensors of a state dict are finite, and their extremes. A separate thread collects this while
/// another one finds out what the tensors mean.
///
/// Each tensor is on different pages of the file, and the first touch of a page takes longer than reading the values.
package struct ValueSurvey: Sendable {
  /// Properties of one tensor's values.
  package struct Finding: Sendable {
    /// Whether no element is NaN or infinite.
    package let isFinite: Bool
    /// The smallest and the largest element; nil for a tensor without elements or that is not one-dimensional.
    package let extremes: ClosedRange<Double>?
  }

  private var findings: [String: Finding] = [:]

  /// Creates a survey without findings.
  package init() {}

  /// Examines floating-point tensors, the smallest first.
  ///
  /// - Parameter elementLimit: The maximum total number of elements.
  /// - Complexity: O(`elementLimit`). Tensors whose bytes are not available without loading, or cannot be read, are
  ///   left out: later code that needs them gets the error.
  package init(of state: StateDict, elementLimit: Int) {
    var remaining = elementLimit
    let smallestFirst = state.tensors.sorted { $0.value.elementCount < $1.value.elementCount }
    for (key, tensor) in smallestFirst where tensor.dtype.isFloatingPoint {
      guard tensor.elementCount <= remaining else { return }
      guard tensor.storage.bytesAtHand != nil, let isFinite = try? tensor.isFinite() else {
        continue
      }
      remaining -= tensor.elementCount
      let extremes = tensor.shape.count == 1 ? try? tensor.extremes() : nil
      findings[key] = Finding(isFinite: isFinite, extremes: extremes)
    }
  }

  /// The finding for the tensor `key`; nil if the tensor was left out.
  package subscript(key: String) -> Finding? { findings[key] }
}
