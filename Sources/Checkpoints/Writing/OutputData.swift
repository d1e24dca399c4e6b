import PthBytes
import PthTensors

/// A run of an output's bytes, produced when it is written.
package enum OutputData: Sendable {
  case bytes(Bytes)
  /// A tensor's elements in C order, converted if there is a `conversion`. Elements that become infinite are counted
  /// under `index`, the tensor's index among the entries of ``OutputContents``.
  case tensor(Tensor, ElementConversion?, index: Int)
  /// Elements of `unit` bytes, computed when they are written. `fill` gets the position of the first byte, a multiple
  /// of `unit`, and a buffer for the bytes.
  case computed(
    byteCount: Int, unit: Int,
    fill: @Sendable (_ position: Int, UnsafeMutableRawBufferPointer) throws -> Void)

  /// - Throws: `TensorError` if the tensor's dtype cannot be converted to `dtype`.
  package init(_ tensor: Tensor, as dtype: DType, index: Int) throws(TensorError) {
    let conversion =
      tensor.dtype == dtype ? nil : try ElementConversion(from: tensor.dtype, to: dtype)
    self = .tensor(tensor, conversion, index: index)
  }

  /// Bytes in the output.
  package var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .tensor(let tensor, let conversion, _):
      conversion.map { tensor.elementCount * $0.target.itemSize } ?? tensor.byteCount
    case .computed(let byteCount, _, _): byteCount
    }
  }

  /// The size of the smallest run of bytes that can be computed separately.
  var unit: Int {
    switch self {
    case .bytes: 1
    case .tensor(let tensor, let conversion, _):
      conversion?.target.itemSize ?? tensor.dtype.itemSize
    case .computed(_, let unit, _): unit
    }
  }

  /// This data with its bytes in memory, if the tensor is contiguous and not converted. Other data stays as it is.
  func resolved() throws -> OutputData {
    guard case .tensor(let tensor, nil, _) = self, tensor.isContiguous else { return self }
    return .bytes(try tensor.contiguousBytes())
  }

  /// Where the bytes are in a mapped file, if they are written unchanged from one.
  func origin() -> (file: MappedFile, offset: Int)? {
    guard case .bytes(let bytes) = self else { return nil }
    return MappedFile.origin(of: bytes)
  }
}

extension Sequence<OutputData> {
  var byteCount: Int { reduce(0) { $0 + $1.byteCount } }
}
