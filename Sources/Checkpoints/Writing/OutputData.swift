import PthBytes
import PthTensors

/// A run of bytes of an output, produced when it is written.
package enum OutputData: Sendable {
  case bytes(Bytes)
  /// A tensor's elements in C order, in another dtype if `conversion` says so. Overflows are
  /// counted under `index`, the tensor's index among the entries of the contents.
  case tensor(Tensor, ElementConversion?, index: Int)
  /// Elements of `unit` bytes that are computed when they are written: `fill` gets the position of
  /// the first byte, a multiple of the unit, and a buffer for the wanted bytes.
  case computed(
    byteCount: Int, unit: Int,
    fill: @Sendable (_ position: Int, UnsafeMutableRawBufferPointer) throws -> Void)

  /// - Throws: `TensorError` if the tensor's dtype cannot become `dtype`.
  package init(_ tensor: Tensor, as dtype: DType, index: Int) throws(TensorError) {
    let conversion =
      tensor.dtype == dtype ? nil : try ElementConversion(from: tensor.dtype, to: dtype)
    self = .tensor(tensor, conversion, index: index)
  }

  /// Its length in the output.
  package var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .tensor(let tensor, let conversion, _):
      conversion.map { tensor.elementCount * $0.target.itemSize } ?? tensor.byteCount
    case .computed(let byteCount, _, _): byteCount
    }
  }

  /// The number of bytes that can only be computed together.
  var unit: Int {
    switch self {
    case .bytes: 1
    case .tensor(let tensor, let conversion, _):
      conversion?.target.itemSize ?? tensor.dtype.itemSize
    case .computed(_, let unit, _): unit
    }
  }

  /// This data with its bytes in memory, if those are there already or are made as a whole anyway.
  /// A storage may otherwise make them anew at each request.
  func resolved() throws -> OutputData {
    guard case .tensor(let tensor, nil, _) = self, tensor.isContiguous else { return self }
    return .bytes(try tensor.contiguousBytes())
  }

  /// Where the bytes lie in a mapped file, if they are written as they are.
  func origin() -> (file: MappedFile, offset: Int)? {
    guard case .bytes(let bytes) = self else { return nil }
    return MappedFile.origin(of: bytes)
  }
}

extension Sequence<OutputData> {
  var byteCount: Int { reduce(0) { $0 + $1.byteCount } }
}
