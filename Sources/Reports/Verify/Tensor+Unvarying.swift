import PthTensors

extension Tensor {
  /// Whether every channel of `[batch, channels, height, width]` has one value wherever in the image
  /// it is looked at. What is no image, or one of a single pixel, does not tell.
  ///
  /// - Throws: what reading the elements throws.
  func isUnvarying() throws -> Bool {
    guard shape.count == 4, case let pixels = shape[2] * shape[3], pixels > 1, elementCount > 0
    else { return false }
    let values = try [Double](unsafeUninitializedCapacity: elementCount) { buffer, count in
      try copyElements(to: buffer)
      count = elementCount
    }
    return stride(from: 0, to: values.count, by: pixels).allSatisfy { start in
      values[start..<(start + pixels)].allSatisfy { $0 == values[start] }
    }
  }
}
