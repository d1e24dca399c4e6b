import PthTensors

extension DType {
  /// The lowest and the highest finite value; nil for types whose range includes that of all types converted to
  /// them, and for types that nothing is converted to.
  var range: ClosedRange<Double>? {
    switch self {
    case .float32: -0x1.fffffep127...0x1.fffffep127
    case .bfloat16: -0x1.fep127...0x1.fep127
    case .float16: -65504...65504
    case .float8_e4m3fn: -448...448
    case .float8_e4m3fnuz: -240...240
    case .float8_e5m2, .float8_e5m2fnuz: -57344...57344
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32768...32767
    case .uint16: 0...65535
    case .int32: -2_147_483_648...2_147_483_647
    case .uint32: 0...4_294_967_295
    default: nil
    }
  }

  /// Half of the smallest positive number: positive numbers up to this bound are rounded to 0. Nil for types that
  /// hold the smallest numbers of all types converted to them, and for integers.
  private var underflowBound: Double? {
    switch self {
    case .float32: 0x1p-150
    case .bfloat16: 0x1p-134
    case .float16: 0x1p-25
    case .float8_e4m3fn: 0x1p-10
    case .float8_e4m3fnuz: 0x1p-11
    case .float8_e5m2: 0x1p-17
    case .float8_e5m2fnuz: 0x1p-18
    default: nil
    }
  }

  /// Whether the range of this type includes that of the other type.
  private func holds(_ other: DType) -> Bool {
    guard self != other, let range else { return true }
    guard let theirs = other.range else { return other == .bool }
    return range.lowerBound <= theirs.lowerBound && range.upperBound >= theirs.upperBound
  }

  /// How converting a tensor to this type changes its values; nil if neither happens.
  ///
  /// - Throws: errors of reading the tensor.
  /// - Complexity: O(elements) if this type's range does not include the tensor's type, else O(1).
  fileprivate func loss(of tensor: Tensor) throws -> ValueLoss? {
    guard !holds(tensor.dtype), !tensor.dtype.isComplex, !tensor.dtype.isPacked,
      let range, let extremes = try tensor.extremes()
    else { return nil }
    // Infinities are reported by another warning.
    if extremes.lowerBound.isFinite, extremes.lowerBound < range.lowerBound { return .overflow }
    if extremes.upperBound.isFinite, extremes.upperBound > range.upperBound { return .overflow }
    guard let underflowBound, extremes != 0...0 else { return nil }
    return extremes.lowerBound >= -underflowBound && extremes.upperBound <= underflowBound
      ? .underflow : nil
  }
}

/// How a conversion changes a tensor's values.
private enum ValueLoss {
  /// Some values are beyond the type's range.
  case overflow
  /// All values are so small that they are rounded to 0.
  case underflow
}

extension LoadWarning {
  /// A warning that the target's dtypes cannot hold some values; nil if they hold all.
  ///
  /// - Parameters:
  ///   - target: the module's entries.
  ///   - tensor: returns the tensor that the entry at an index is loaded from; nil if there is none.
  /// - Throws: errors of reading the tensors.
  package static func outOfRange(
    in target: [ModuleEntry], tensor: (Int) -> Tensor?
  ) throws -> LoadWarning? {
    let losses = try target.indices.compactMap { index in
      try tensor(index).flatMap { try target[index].dtype.loss(of: $0) }.map { (index, $0) }
    }
    guard let first = losses.first, let range = target[first.0].dtype.range else { return nil }
    let types = Set(losses.map { target[$0.0].dtype.rawValue }).sorted()
    let type = types.count > 1 ? "the module's types (\(types.joined(separator: ", ")))" : types[0]
    let limits =
      types.count > 1
      ? "" : ", which reaches from \(text(range.lowerBound)) to \(text(range.upperBound))"
    let kinds = [
      losses.contains { $0.1 == .overflow } ? "values that \(type) cannot hold\(limits)" : nil,
      losses.contains { $0.1 == .underflow }
        ? "tensors whose values are all so small that \(type) \(types.count > 1 ? "round" : "rounds") "
          + "them to 0" : nil,
    ]
    return LoadWarning(
      .outOfRange, about: losses.map { target[$0.0].name },
      "in the file: " + kinds.compactMap(\.self).joined(separator: ", and ")
        + "; they are changed when they are loaded")
  }

  private static func text(_ number: Double) -> String {
    number.magnitude < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
