import PthBytes
import PthTensors

/// numpy's `.npz`: a zip archive of uncompressed `.npy` files (numpy.lib.format version 1.0, or 2.0 for a long
/// header).
enum NpzLayout {
  static func layout(_ contents: OutputContents) throws -> FileLayout {
    var zip = ZipLayout()
    for (index, entry) in contents.entries.enumerated() {
      zip.add(
        entry.name + ".npy",
        [
          .bytes(Bytes(header(entry))),
          try OutputData(entry.tensor, as: entry.dtype, index: index),
        ])
    }
    return zip.layout()
  }

  private static func header(_ entry: OutputContents.Entry) -> [UInt8] {
    let shape = entry.tensor.shape
    let tuple =
      shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
    var text =
      "{'descr': '\(NumpyDType.descriptor(entry.dtype) ?? "")', 'fortran_order': False, "
      + "'shape': \(tuple), }"
    // numpy pads the header so that the first dimension can grow to 21 digits (GROWTH_AXIS_MAX_DIGITS).
    if let first = shape.first {
      text += String(repeating: " ", count: max(0, 21 - String(first).count))
    }
    let isLong = text.utf8.count + 64 > 0xffff
    let start = isLong ? 12 : 10
    let total = (start + text.utf8.count + 1 + 63) / 64 * 64
    text += String(repeating: " ", count: total - start - text.utf8.count - 1) + "\n"
    var bytes = LittleEndianBytes(bytes: [0x93] + Array("NUMPY".utf8))
    if isLong {
      bytes.append(UInt8(2), UInt8(0), UInt32(text.utf8.count))
    } else {
      bytes.append(UInt8(1), UInt8(0), UInt16(text.utf8.count))
    }
    return bytes.bytes + Array(text.utf8)
  }
}
