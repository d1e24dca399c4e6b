import PthBytes

/// Properties of the values of a state dict's small tensors. A thread of its own looks at them
/// while another finds out what the tensors mean.
///
/// Each tensor lies on pages of its own, and the first touch of a page takes longer than the look.
package struct ValueSurvey: Sendable {
  /// Properties of one tensor's values.
  package struct Finding: Sendable {
    /// Whether no element is NaN or infinite.
    package let isFinite: Bool
    /// The smallest and the largest element; nil without elements, and of what is no vector.
    package let extremes: ClosedRange<Double>?
  }

  private var findings: [String: Finding] = [:]

  /// Nothing was looked at.
  package init() {}

  /// Looks at tensors of floating point, the smallest first.
  ///
  /// - Parameter elementLimit: how many elements are read.
  /// - Complexity: O(`elementLimit`). What would have to be inflated first is left out, and so is
  ///   what cannot be read: whoever needs it gets the error.
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

  /// The properties of the tensor called `key`; nil if it was left out.
  package subscript(key: String) -> Finding? { findings[key] }
}
