import OrderedCollections

/// A comparison of two state dicts.
package struct StateDictComparison: Sendable {
  /// A name in both whose tensors differ in shape, dtype or values.
  package struct Entry: Sendable {
    package let name: String
    package let first: Tensor
    package let second: Tensor
    /// The difference of the values; nil if the shapes differ.
    package let values: TensorDifference?

    package var shapesDiffer: Bool { first.shape != second.shape }
    package var dtypesDiffer: Bool { first.dtype != second.dtype }
    /// Whether they are parts of different things: of sparse tensors of two sizes, or one of none.
    package var wholesDiffer: Bool { first.wholeTensor != second.wholeTensor }
  }

  package let onlyInFirst: [String]
  package let onlyInSecond: [String]
  /// In the order of the first.
  package let different: [Entry]
  /// Tensors of both with the same shape, dtype and bits.
  package let identicalCount: Int
  /// Tensors of both with the same shape whose values are within the tolerance, or differ by the
  /// rounding of the narrower dtype alone.
  package let closeCount: Int

  /// Tensors of both with the same shape and dtype of which a file does not have the values.
  package let untold: [String]

  package var isEqual: Bool {
    onlyInFirst.isEmpty && onlyInSecond.isEmpty && different.isEmpty && untold.isEmpty
  }

  /// Compares two state dicts by name; the order of the keys does not count.
  ///
  /// - Parameters:
  ///   - tolerance: The largest distance of two elements that does not count.
  ///   - ignoresDType: Whether tensors of two floating-point types are close if the narrower type's
  ///     rounding explains their distance.
  ///   - progress: Told bytes of `first` as they are compared.
  /// - Throws: ``NothingToCompare`` if neither holds a tensor; ``UncomparableTensor``; what
  ///   ``Tensor/read(at:into:)`` throws.
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

/// Two state dicts without a tensor: to call them equal would say more than was seen.
package struct NothingToCompare: Error, CustomStringConvertible {
  package var description: String { "no tensors in either file, so there is nothing to compare" }
}
