/// Why a tensor's description or use is invalid.
public enum TensorError: Error, Equatable, CustomStringConvertible {
  /// A negative length in a shape.
  case negativeSize([Int])
  /// Shape and strides differ in length.
  case rankMismatch(shape: [Int], strides: [Int])
  /// PyTorch has no negative strides or offsets.
  case negativeStride([Int])
  case negativeOffset(Int)
  /// Sizes, strides and offset whose product does not fit into 64 bits.
  case overflow(shape: [Int], strides: [Int])
  /// The view reaches past its storage.
  case outOfStorage(key: String, needs: Int, has: Int)
  /// A storage with fewer bytes than were declared.
  case storageTooShort(String, has: Int, needs: Int)
  /// A tensor on the `meta` device, which has no values.
  case noData(String)
  /// A view that repeats a small storage too often to be written out.
  case expanded([Int])
  /// The operation does not exist for this element type.
  case unsupported(DType)
  /// The elements have another dtype than requested.
  case wrongType(DType, wanted: DType)
  /// The number of elements differs from the shape's.
  case elementCount(Int, shape: [Int])

  public var description: String {
    switch self {
    case .negativeSize(let shape): "shape \(shape) has a negative size"
    case .rankMismatch(let shape, let strides):
      "shape \(shape) and stride \(strides) differ in length"
    case .negativeStride(let strides): "stride \(strides) is negative"
    case .negativeOffset(let offset): "storage offset \(offset) is negative"
    case .overflow(let shape, let strides):
      "shape \(shape), stride \(strides) and storage offset lead past 64 bits"
    case .outOfStorage(let key, let needs, let has):
      "needs \(needs) bytes of storage '\(key)', which has \(has)"
    case .storageTooShort(let key, let has, let needs):
      "storage '\(key)' has \(has) bytes, \(needs) were declared"
    case .noData(let key): "storage '\(key)' is on the meta device and has no data"
    case .expanded(let shape):
      "shape \(shape) repeats a far smaller storage too often to be written out"
    case .unsupported(let dtype): "not possible for \(dtype.rawValue)"
    case .wrongType(let dtype, let wanted):
      "the elements are \(dtype.rawValue), not \(wanted.rawValue)"
    case .elementCount(let count, let shape): "\(count) elements do not make the shape \(shape)"
    }
  }
}
