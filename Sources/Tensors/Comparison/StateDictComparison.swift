import OrderedCollections

/// A comparison of two state dicts.
package struct StateDictComparison: Sendable {
  /// A name in both state dicts whose tensors differ.
  package struct Entry: Sendable {
    package let name: String
    package let first: Tensor
    package let second: Tensor
    /// The difference of the values; nil if the shapes differ or a tensor has no values.
    package let values: TensorDifference?

    package var shapesDiffer: Bool { first.shape != second.shape }
    package var dtypesDiffer: Bool { first.dtype != second.dtype }
    /// Whether the two are parts of different tensors: of sparse tensors of different sizes, for example.
    package var wholesDiffer: Bool { first.wholeTensor != second.wholeTensor }
  }

  package let onlyInFirst: [String]
  package let onlyInSecond: [String]
  /// In the order of the first state dict.
  package let different: [Entry]
  /// Number of tensors in both with the same shape, dtype and bits.
  package let identicalCount: Int
  /// Number of tensors in both with the same shape whose values are within the tolerance, or differ only by rounding
  /// to the narrower dtype.
  package let closeCount: Int

  /// Tensors in both with the same shape and dtype for which one file has no values.
  package let untold: [String]

  package var isEqual: Bool {
    onlyInFirst.isEmpty && onlyInSecond.isEmpty && different.isEmpty && untold.isEmpty
  }

  /// Compares two state dicts by name; the order of the keys does not matter.
  ///
  /// - Parameters:
  ///   - tolerance: The largest distance of two elements that still counts as close; 0 counts only identical bits.
  ///   - ignoresDType: Whether tensors of two floating-point dtypes count as close if rounding to the narrower dtype
  ///     explains their distance.
  ///   - progress: Called with the number of bytes of `first` that were just compared.
  /// - Throws: ``NothingToCompare`` if neither state dict has a tensor; ``UncomparableTensor``; any other error of
  ///   ``Tensor/read(at:into:)``.
  package init(
    _ first: StateDict, _ second: StateDict, tolerance: Double = 0, ignoresDType: Bool = false,
    progress: (Int) -> Void = { _ in }
  ) throws {
    guard !first.tensors.isEmpty || !second.tensors.isEmpty else { throw NothingToCompare() }
    onlyInFirst = first.keys.filter { second[$0] == nil }
    onlyInSecond = second.keys.filter { first[$0] == nil }
    var different: [Entry] = []
    var untold: [String] = []
    var (identical, close) = (0, 0)
    for (name, a) in first.tensors {
      guard let b = second[name] else { continue }
      let lacksValues = a.storage.isMeta || b.storage.isMeta
      let values: TensorDifference?
      do {
        values =
          a.shape == b.shape && !lacksValues
          ? try TensorDifference(a, b, progress: progress) : nil
      } catch let error as TensorError {
        throw UncomparableTensor(name: name, reason: error)
      }
      let areAlike = a.shape == b.shape && a.wholeTensor == b.wholeTensor
      if areAlike, a.dtype == b.dtype {
        if values?.isBitIdentical == true || a.elementCount == 0 {
          identical += 1
          continue
        }
        if lacksValues {
          untold.append(name)
          continue
        }
        if let distance = values?.maxAbs, distance <= tolerance, tolerance > 0 {
          close += 1
          continue
        }
      }
      if ignoresDType, areAlike, a.dtype != b.dtype, values?.isRoundingOnly == true {
        close += 1
        continue
      }
      different.append(Entry(name: name, first: a, second: b, values: values))
    }
    self.different = different
    self.untold = untold
    identicalCount = identical
    closeCount = close
  }
}

/// A tensor whose values cannot be compared, and why.
package struct UncomparableTensor: Error, CustomStringConvertible {
  package let name: String
  package let reason: TensorError

  package var description: String { "\(name): \(reason)" }
}

/// Two state dicts without tensors, which cannot be called equal because nothing was compared.
package struct NothingToCompare: Error, CustomStringConvertible {
  package var description: String { "no tensors in either file, so there is nothing to compare" }
}
