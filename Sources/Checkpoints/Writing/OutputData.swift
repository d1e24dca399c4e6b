import Bytes
import Tensors

/// A run of bytes of an output, produced when it is written.
enum OutputData: Sendable {
  case bytes(Bytes)
  /// A tensor's elements in C order, in another dtype if `conversion` says so. Its overflows are
  /// counted under `index`.
  case tensor(Tensor, ElementConversion?, index: Int)

  /// - Throws: `TensorError` if the tensor's dtype cannot become `dtype`.
  init(_ tensor: Tensor, as dtype: DType, index: Int) throws(TensorError) {
    let conversion =
      tensor.dtype == dtype ? nil : try ElementConversion(from: tensor.dtype, to: dtype)
    self = .tensor(tensor, conversion, index: index)
  }

  var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .tensor(let tensor, let conversion, _):
      conversion.map { tensor.elementCount * $0.target.itemSize } ?? tensor.byteCount
    }
  }

  /// Bytes that can only be had together.
  var unit: Int {
    switch self {
    case .bytes: 1
    case .tensor(let tensor, let conversion, _):
      conversion?.target.itemSize ?? tensor.dtype.itemSize
    }
  }

  /// The bytes where they lie in a mapped file, if they are written as they are.
  func origin() throws -> (file: MappedFile, offset: Int)? {
    guard case .tensor(let tensor, nil, _) = self, tensor.isContiguous else { return nil }
    return MappedFile.origin(of: try tensor.contiguousBytes())
  }
}

extension Sequence<OutputData> {
  var byteCount: Int { reduce(0) { $0 + $1.byteCount } }
}
