import PthBytes
import PthTensors

/// safetensors in the order of the reference implementation: tensors by element size, largest first, then by name. The
/// header is padded with blanks to a multiple of eight bytes.
///
/// The format has neither views nor shared storages: every tensor's elements are written in C order.
enum SafetensorsLayout {
  static let codes: [DType: String] = Dictionary(
    SafetensorsContainer.dtypes.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })

  static func layout(_ contents: OutputContents) throws -> FileLayout {
    let ordered = contents.entries.enumerated().sorted {
      let (first, second) = ($0.element.dtype.itemSize, $1.element.dtype.itemSize)
      return first == second
        ? $0.element.name.utf8.lexicographicallyPrecedes($1.element.name.utf8) : first > second
    }
    var records = [FileLayout.Record(head: header(ordered.map(\.element), contents.metadata))]
    for (index, entry) in ordered {
      records.append(
        .init(data: [try OutputData(entry.tensor, as: entry.dtype, index: index)]))
    }
    return FileLayout(records: records)
  }

  private static func header(_ entries: [OutputContents.Entry], _ metadata: [String: String])
    -> [UInt8]
  {
    var text = Array("{\"__metadata__\":{".utf8)
    let pairs = metadata.merging(["format": "pt"]) { $1 }.sorted { $0.key < $1.key }
    for (index, pair) in pairs.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      JSONText.append(pair.key, to: &text)
      text.append(UInt8(ascii: ":"))
      JSONText.append(pair.value, to: &text)
    }
    text.append(UInt8(ascii: "}"))
    var offset = 0
    for entry in entries {
      let end = offset + entry.byteCount
      var shape = entry.tensor.shape
      // F4 shapes count 4-bit values; PyTorch's packed dtype holds two of them in a byte.
      if entry.dtype == .float4_e2m1fn_x2, let last = shape.last {
        shape[shape.count - 1] = last * 2
      }
      text.append(UInt8(ascii: ","))
      JSONText.append(entry.name, to: &text)
      let sizes = shape.map(String.init).joined(separator: ",")
      let fields =
        ":{\"dtype\":\"\(codes[entry.dtype] ?? "")\",\"shape\":[\(sizes)],"
        + "\"data_offsets\":[\(offset),\(end)]}"
      text += Array(fields.utf8)
      offset = end
    }
    text.append(UInt8(ascii: "}"))
    text += repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }
}
