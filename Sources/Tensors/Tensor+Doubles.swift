import PthBytes

extension Tensor {
  /// The elements in C order as float64; integers beyond 2⁵³ are rounded.
  ///
  /// - Throws: the errors of ``copyElements(to:)``.
  /// - Complexity: O(elements).
  package func doubles() throws -> [Double] {
    try [Double](unsafeUninitializedCapacity: elementCount) { values, count in
      try copyElements(to: values)
      count = elementCount
    }
  }

  /// Writes the elements in C order as float64; integers beyond 2⁵³ are rounded.
  ///
  /// - Precondition: `values` has at least ``elementCount`` elements.
  /// - Throws: the errors of ``TensorElements/init(_:)``; ``TensorError/unsupported(_:)`` for complex dtypes.
  /// - Complexity: O(elements).
  package func copyElements(to values: UnsafeMutableBufferPointer<Double>) throws {
    precondition(values.count >= elementCount, "no room for \(elementCount) elements")
    guard !dtype.isComplex, !dtype.isPacked else {
      throw TensorError.unsupported(dtype)
    }
    guard !exceedsExpansionLimit else { throw TensorError.expanded(shape) }
    switch dtype {
    case .float64: try copy(to: values) { (element: Double) in element }
    case .float32: try copy(to: values) { (element: Float) in Double(element) }
    case .float16: try copy(to: values) { (element: Float16) in Double(element) }
    case .bfloat16:
      try copy(to: values) { (bits: UInt16) in Double(Float(bitPattern: UInt32(bits) << 16)) }
    default:
      for (index, value) in try TensorElements(self).values().enumerated() {
        values[index] = value.real
      }
    }
  }

  private func copy<Element: BitwiseCopyable>(
    to values: UnsafeMutableBufferPointer<Double>, _ convert: (Element) -> Double
  ) throws {
    guard var target = values.baseAddress else { return }
    let size = MemoryLayout<Element>.size
    try storage.bytes().withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      forEachRun { start, count, stride in
        let first = base + start * size
        for step in 0..<count {
          target[step] = convert(
            first.loadUnaligned(fromByteOffset: step &* stride &* size, as: Element.self))
        }
        target += count
      }
    }
  }
}
