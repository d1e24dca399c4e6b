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

  /// The bound below which positive numbers are rounded to 0; nil for types that are not checked for it.
  private var smallest: Double? {
    switch self {
    case .float16: 0x1p-25
    case .bfloat16: 0x1p-134
    default: nil
    }
  }

  /// Whether the range of this type includes that of the other type.
  private func holds(_ other: DType) -> Bool {
    guard self != other, let range else { return true }
    guard let theirs = other.range else { return other == .bool }
    return range.lowerBound <= theirs.lowerBound && range.upperBound >= theirs.upperBound
  }

  /// Whether converting a tensor to this type loses values: some are beyond its range, or all are so small that
  /// they are rounded to 0.
  ///
  /// - Throws: errors of reading the tensor.
  /// - Complexity: O(elements) if this type's range does not include the tensor's type, else O(1).
  func loses(_ tensor: Tensor) throws -> Bool {
    guard !holds(tensor.dtype), !tensor.dtype.isComplex, !tensor.dtype.isPacked,
      let range, let extremes = try tensor.extremes()
    else { return false }
    // Infinities are reported by another warning.
    if extremes.lowerBound.isFinite, extremes.lowerBound < range.lowerBound { return true }
    if extremes.upperBound.isFinite, extremes.upperBound > range.upperBound { return true }
    guard let smallest, extremes != 0...0 else { return false }
    return extremes.lowerBound > -smallest && extremes.upperBound < smallest
  }
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
    let lost = try target.indices.filter { index in
      try tensor(index).map { try target[index].dtype.loses($0) } ?? false
    }
    guard let first = lost.first, let range = target[first].dtype.range else { return nil }
    let types = Set(lost.map { target[$0].dtype.rawValue }).sorted()
    return LoadWarning(
      .outOfRange, about: lost.map { target[$0].name },
      "in the file: values that "
        + (types.count > 1
          ? "the module's types (\(types.joined(separator: ", "))) cannot hold"
          : "\(types[0]) cannot hold, which reaches from \(Self.text(range.lowerBound)) to "
            + Self.text(range.upperBound))
        + "; they are changed when they are loaded")
  }

  private static func text(_ number: Double) -> String {
    number.magnitude < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
