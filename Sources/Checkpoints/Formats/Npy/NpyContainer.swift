import PthBytes
import PthTensors

/// One array in numpy's `.npy` format (NEP 1): magic, version, a Python dict literal, the data.
struct NpyContainer {
  let tensor: Tensor
  let isBigEndian: Bool

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Parameters:
  ///   - key: The storage's key.
  ///   - fileOffset: Where `bytes` begins in the file; nil if the bytes are compressed in the file.
  /// - Throws: ``CheckpointError``; with reason `unsupported` for dtypes that PyTorch does not have.
  init(_ bytes: Bytes, key: String = "", fileOffset: Int?) throws {
    let header = try NpyHeader(bytes)
    guard let layout = NumpyDType(header.descriptor) else {
      throw CheckpointError(
        .unsupported(
          header.items == .objects
            ? "holds Python objects (a pickle), no tensor"
            : "dtype '\(header.descriptor)' has no counterpart in PyTorch"))
    }
    isBigEndian = layout.isBigEndian
    let data = try bytes.suffix(from: header.dataOffset)
    guard let elements = Self.product(header.shape),
      let needed = layout.dtype.byteCount(elements: elements)
    else {
      throw CheckpointError(.malformed("shape \(header.shape) overflows"))
    }
    guard needed <= data.count else {
      throw CheckpointError(
        .truncated("needs \(needed) bytes of data and there are \(data.count)"),
        position: fileOffset.map { $0 + header.dataOffset })
    }
    tensor = try layout.tensor(
      key: key, bytes: try data.slice(at: 0, count: needed), shape: header.shape,
      isFortran: header.isFortran, fileOffset: fileOffset.map { $0 + header.dataOffset })
  }

  private static func product(_ shape: [Int]) -> Int? {
    var result = 1
    for size in shape {
      guard size >= 0 else { return nil }
      let (product, overflow) = result.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      result = product
    }
    return result
  }
}
