import PthBytes
import Glibc

/// How far the values of two tensors of one shape are apart.
package struct TensorDifference: Sendable, Equatable {
  /// Whether they have one dtype and the same bits in every element.
  package let isBitIdentical: Bool
  /// The largest distance of two elements; infinite where only one of them is NaN, or infinities
  /// differ. Nil for packed types, whose elements are not decoded.
  package let maxAbs: Double?
  /// `‖a − b‖ / ‖b‖` over the elements, infinite if only `b` is zero. Nil for packed types.
  package let relativeL2: Double?

  /// Whether every distance is at most what one rounding to the narrower of two floating-point
  /// types makes of it, and at least one of the types is narrower than float32.
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

  /// Compares two tensors of the same shape through small windows.
  ///
  /// - Parameter progress: Told the number of bytes of the first tensor after each window, once.
  /// - Throws: what ``Tensor/read(at:into:)`` throws.
  /// - Complexity: O(elements); those that are bit-identical are not decoded.
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
      if isIdentical {
        self = .identical
        return
      }
      windows.rewind()
    } else {
      progress(first.byteCount)
    }
    guard first.dtype.elementsPerByte == 1, second.dtype.elementsPerByte == 1 else {
      self.init(isBitIdentical: false, maxAbs: nil, relativeL2: nil)
      return
    }
    var sums = DistanceSums(rounding: HalfUlp(first.dtype, second.dtype))
    let (left, right) = (ElementDecoder(dtype: first.dtype), ElementDecoder(dtype: second.dtype))
    while let (a, b) = try windows.next() {
      let isFloat = first.dtype == .float32 && second.dtype == .float32
      for index in 0..<a.count / first.dtype.itemSize {
        if isFloat {
          sums.add(
            Double(a.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)),
            Double(b.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)))
        } else {
          sums.add(
            left.value(at: a.baseAddress! + index * first.dtype.itemSize),
            right.value(at: b.baseAddress! + index * second.dtype.itemSize))
        }
      }
    }
    self.init(
      isBitIdentical: false, maxAbs: sums.maxAbs, relativeL2: sums.relativeL2,
      isRoundingOnly: sums.isRoundingOnly)
  }
}

private func memoryEquals(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  a.count == b.count && memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0
}

/// The same elements of two tensors, window by window.
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

  /// Bytes before the element at `index`, a multiple of the window or the end.
  private static func bytes(_ tensor: Tensor, _ index: Int) -> Int {
    tensor.dtype.byteCount(elements: index) ?? 0
  }
}

/// Sums over pairs of elements.
private struct DistanceSums {
  private let rounding: HalfUlp?
  private(set) var maxAbs = 0.0
  private(set) var isRoundingOnly: Bool
  private var squares = 0.0
  private var reference = 0.0

  init(rounding: HalfUlp?) {
    self.rounding = rounding
    isRoundingOnly = rounding != nil
  }

  mutating func add(_ a: Double, _ b: Double) {
    if a == b {
      if b.isFinite { reference += b * b }
      return
    }
    if a.isNaN && b.isNaN { return }
    let distance = a.isNaN || b.isNaN ? .infinity : abs(a - b)
    maxAbs = max(maxAbs, distance)
    if let rounding, distance > rounding.of(max(abs(a), abs(b))) { isRoundingOnly = false }
    squares += distance * distance
    if b.isFinite { reference += b * b }
  }

  mutating func add(_ a: ElementValue, _ b: ElementValue) {
    add(a.real, b.real)
    if a.imaginary != 0 || b.imaginary != 0 { add(a.imaginary, b.imaginary) }
  }

  var relativeL2: Double {
    squares == 0 ? 0 : reference == 0 ? .infinity : (squares / reference).squareRoot()
  }
}

extension ElementValue {
  fileprivate var imaginary: Double {
    if case .complex(_, let value) = self { value } else { 0 }
  }
}
