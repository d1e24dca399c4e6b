import PthBytes
import Glibc

/// The difference between the values of two tensors of the same shape.
package struct TensorDifference: Sendable, Equatable {
  /// Whether both have the same dtype, the same bits in every element, and the same scales if they are quantized.
  package let isBitIdentical: Bool
  /// The largest distance of two elements; infinite where only one is NaN, or infinities differ. For quantized tensors
  /// it is the distance of the represented numbers. Nil if those are not known: for packed dtypes and per-channel
  /// scales.
  package let maxAbs: Double?
  /// `‖a − b‖ / ‖b‖` over the elements; infinite if only `b` is zero, nil as ``maxAbs``.
  package let relativeL2: Double?

  /// Whether one rounding to the narrower of two different floating-point dtypes explains every distance.
  package let isRoundingOnly: Bool

  private static let identical = TensorDifference(isBitIdentical: true, maxAbs: 0, relativeL2: 0)

  private init(
    isBitIdentical: Bool, maxAbs: Double?, relativeL2: Double?, isRoundingOnly: Bool = false
  ) {
    self.isRoundingOnly = isRoundingOnly
    self.isBitIdentical = isBitIdentical
    self.maxAbs = maxAbs
    self.relativeL2 = relativeL2
  }

  /// Compares two tensors of the same shape in small windows.
  ///
  /// - Parameter progress: Called with the number of bytes of `first` just compared; the sum is at most its size.
  /// - Throws: ``TensorError``, and any error of ``Tensor/read(at:into:)``.
  /// - Complexity: O(elements). Elements of bit-identical tensors are not decoded.
  package init(_ first: Tensor, _ second: Tensor, progress: (Int) -> Void = { _ in }) throws {
    precondition(first.shape == second.shape, "tensors of different shapes have no distance")
    for tensor in [first, second] where tensor.exceedsExpansionLimit {
      throw TensorError.expanded(tensor.shape)
    }
    var windows = WindowPair(first, second)
    if first.dtype == second.dtype {
      var isIdentical = true
      while isIdentical, let (a, b) = try windows.next() {
        isIdentical = memoryEquals(a, b)
        progress(a.count)
      }
      if try isIdentical && first.hasQuantizer(of: second) {
        self = .identical
        return
      }
      windows.rewind()
    } else {
      progress(first.byteCount)
    }
    guard let left = ElementValues(first), let right = ElementValues(second) else {
      self.init(isBitIdentical: false, maxAbs: nil, relativeL2: nil)
      return
    }
    var sums = DistanceSums(rounding: HalfUlp(first.dtype, second.dtype))
    try sums.add(&windows, left, right)
    if !sums.isExact {
      // Some squares are beyond float64's range: repeat with all numbers divided by the largest.
      windows.rewind()
      sums = DistanceSums(
        rounding: HalfUlp(first.dtype, second.dtype), unit: sums.largest.binade)
      try sums.add(&windows, left, right)
    }
    self.init(
      isBitIdentical: false, maxAbs: sums.maxAbs, relativeL2: sums.relativeL2,
      isRoundingOnly: sums.isRoundingOnly)
  }
}

private func memoryEquals(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  a.count == b.count && memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0
}

/// Reads the same elements of two tensors, window by window.
private struct WindowPair {
  let first: Tensor
  let second: Tensor
  private let left: OwnedBuffer
  private let right: OwnedBuffer
  private var position = 0

  private static let elements = 1 << 17

  init(_ first: Tensor, _ second: Tensor) {
    self.first = first
    self.second = second
    left = OwnedBuffer(count: Self.elements * first.dtype.itemSize)
    right = OwnedBuffer(count: Self.elements * second.dtype.itemSize)
  }

  mutating func rewind() { position = 0 }

  mutating func next() throws -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? {
    let count = min(Self.elements, first.elementCount - position)
    guard count > 0 else { return nil }
    defer { position += count }
    return (
      try Self.read(first, position, count, into: left),
      try Self.read(second, position, count, into: right)
    )
  }

  private static func read(
    _ tensor: Tensor, _ position: Int, _ count: Int, into buffer: OwnedBuffer
  )
    throws -> UnsafeRawBufferPointer
  {
    let (start, end) = (bytes(tensor, position), bytes(tensor, position + count))
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<(end - start)])
    try tensor.read(at: start, into: part)
    return UnsafeRawBufferPointer(part)
  }

  /// Bytes before the element at `index`, which is a multiple of the window's size or the end.
  private static func bytes(_ tensor: Tensor, _ index: Int) -> Int {
    tensor.dtype.byteCount(elements: index) ?? 0
  }
}

/// Decodes a tensor's elements to the numbers that they represent.
private struct ElementValues {
  let itemSize: Int
  let isFloat: Bool
  private let decoder: ElementDecoder
  /// The scale and zero point of a per-tensor quantized tensor.
  private let affine: (scale: Double, zeroPoint: Double)?

  /// Nil if the elements are packed, or have more than one scale.
  init?(_ tensor: Tensor) {
    guard !tensor.dtype.isPacked else { return nil }
    switch tensor.quantizer {
    case .perTensor(let scale, let zeroPoint)?: affine = (scale, Double(zeroPoint))
    case nil where !tensor.dtype.isQuantized: affine = nil
    default: return nil
    }
    itemSize = tensor.dtype.itemSize
    isFloat = tensor.dtype == .float32
    decoder = ElementDecoder(dtype: tensor.dtype)
  }

  func value(at pointer: UnsafeRawPointer) -> ElementValue {
    let value = decoder.value(at: pointer)
    return affine.map { .real((value.real - $0.zeroPoint) * $0.scale) } ?? value
  }
}

/// Accumulates distances and norms over pairs of elements.
private struct DistanceSums {
  private let rounding: HalfUlp?
  /// All numbers are divided by this before they are squared.
  private let unit: Double
  private(set) var maxAbs = 0.0
  private(set) var isRoundingOnly: Bool
  /// The largest finite distance, or the largest finite magnitude in the second tensor.
  private(set) var largest = 0.0
  private var squares = 0.0
  private var reference = 0.0

  init(rounding: HalfUlp?, unit: Double = 1) {
    self.rounding = rounding
    self.unit = unit
    isRoundingOnly = rounding != nil
  }

  /// Whether no square overflowed float64 or became 0.
  var isExact: Bool {
    unit != 1 || largest == 0 || (1e-140...1e140).contains(largest)
  }

  mutating func add(
    _ windows: inout WindowPair, _ left: ElementValues, _ right: ElementValues
  ) throws {
    let isFloat = left.isFloat && right.isFloat
    while let (a, b) = try windows.next() {
      for index in 0..<a.count / left.itemSize {
        if isFloat {
          add(
            Double(a.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)),
            Double(b.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)))
        } else {
          add(
            left.value(at: a.baseAddress! + index * left.itemSize),
            right.value(at: b.baseAddress! + index * right.itemSize))
        }
      }
    }
  }

  private mutating func add(_ a: Double, _ b: Double) {
    if a == b || a.isNaN && b.isNaN { return addReference(b) }
    add(distance: a.isNaN || b.isNaN ? .infinity : abs(a - b), max(abs(a), abs(b)))
    addReference(b)
  }

  private mutating func add(_ a: ElementValue, _ b: ElementValue) {
    if let integer = a.integer, let other = b.integer {
      // As float64, neighbouring integers beyond 2⁵³ would be the same number.
      if integer != other { add(distance: Double(integer - other).magnitude, abs(a.real)) }
      return addReference(b.real)
    }
    switch (a, b) {
    case (.complex, _), (_, .complex):
      let (real, imaginary) = (
        Self.distance(a.real, b.real), Self.distance(a.imaginary, b.imaginary)
      )
      let distance = hypot(real, imaginary)
      if distance > 0 { add(distance: distance, max(abs(a.real), abs(b.real))) }
      addReference(b.real)
      addReference(b.imaginary)
    default: add(a.real, b.real)
    }
  }

  private static func distance(_ a: Double, _ b: Double) -> Double {
    a == b || a.isNaN && b.isNaN ? 0 : a.isNaN || b.isNaN ? .infinity : abs(a - b)
  }

  private mutating func add(distance: Double, _ magnitude: Double) {
    maxAbs = max(maxAbs, distance)
    if let rounding, distance > rounding.of(magnitude) { isRoundingOnly = false }
    if distance.isFinite { largest = max(largest, distance) }
    squares += (distance / unit) * (distance / unit)
  }

  private mutating func addReference(_ b: Double) {
    guard b.isFinite else { return }
    largest = max(largest, abs(b))
    reference += (b / unit) * (b / unit)
  }

  var relativeL2: Double {
    squares == 0 ? 0 : reference == 0 ? .infinity : (squares / reference).squareRoot()
  }
}

extension ElementValue {
  fileprivate var integer: Int128? {
    switch self {
    case .int(let value): Int128(value)
    case .unsigned(let value): Int128(value)
    default: nil
    }
  }

  fileprivate var imaginary: Double {
    if case .complex(_, let value) = self { value } else { 0 }
  }
}
