extension Generator {
  /// `tensor.uniform_(from, to)` for float32: the low 24 bits of one draw for each element.
  ///
  /// - Throws: ``InitializationError/invalidBounds(from:to:)`` unless `from <= to` and their
  ///   distance is finite.
  package mutating func fillUniform(
    _ values: UnsafeMutableBufferPointer<Float>, from: Float = 0, to: Float = 1
  ) throws(InitializationError) {
    let width = to - from
    guard from <= to, width.isFinite else {
      throw .invalidBounds(from: Double(from), to: Double(to))
    }
    guard let base = values.baseAddress else { return }
    fillStandardUniform(values)
    if from == 0, to == 1 { return }
    // PyTorch uses a fused multiply-add, and replaces the excluded upper bound by the lower one.
    for index in 0..<values.count {
      let value = from.addingProduct(base[index], width)
      base[index] = value == to ? from : value
    }
  }

  /// `tensor.uniform_(from, to)` for float64: the low 53 bits of two draws for each element.
  ///
  /// - Throws: ``InitializationError/invalidBounds(from:to:)`` unless `from <= to` and their
  ///   distance is finite.
  package mutating func fillUniform(
    _ values: UnsafeMutableBufferPointer<Double>, from: Double = 0, to: Double = 1
  ) throws(InitializationError) {
    let width = to - from
    guard from <= to, width.isFinite else { throw .invalidBounds(from: from, to: to) }
    for index in values.indices {
      let value = from.addingProduct(standardUniform(), width)
      values[index] = value == to ? from : value
    }
  }

  /// Uniforms in [0, 1).
  mutating func fillStandardUniform(_ values: UnsafeMutableBufferPointer<Float>) {
    guard let base = values.baseAddress else { return }
    engine.draw(values.count) { index, word in
      base[index] = Float(Int32(truncatingIfNeeded: word & 0xff_ffff)) * 0x1p-24
    }
  }

  /// One uniform in [0, 1).
  mutating func standardUniform() -> Double {
    Double(random64() & (1 &<< 53 &- 1)) * 0x1p-53
  }
}
