import Bytes
import Tensors

/// Writes safetensors as the reference implementation lays them out: tensors by element size, the
/// largest first, then by name; the header padded with blanks to a multiple of eight.
public struct SafetensorsWriter {
  private let ordered: [(name: String, tensor: Tensor, code: String)]
  private let header: Bytes

  /// Lays out the tensors; no values are read yet.
  ///
  /// - Throws: ``CheckpointError`` for a dtype that the format lacks or a tensor without data.
  public init(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = ["format": "pt"]
  )
    throws(CheckpointError)
  {
    var ordered: [(name: String, tensor: Tensor, code: String)] = []
    for (name, tensor) in tensors {
      guard let code = Self.codes[tensor.dtype] else {
        throw CheckpointError(
          .unsupported("safetensors has no dtype \(tensor.dtype.rawValue)"), part: name)
      }
      guard !tensor.storage.isMeta else {
        throw CheckpointError(.unsupported("is on the meta device and has no data"), part: name)
      }
      ordered.append((name, tensor, code))
    }
    ordered.sort {
      let (first, second) = ($0.tensor.dtype.itemSize, $1.tensor.dtype.itemSize)
      return first == second
        ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : first > second
    }
    self.ordered = ordered
    header = Self.header(ordered, metadata)
  }

  private static let codes: [DType: String] = Dictionary(
    SafetensorsContainer.dtypes.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })

  private static func header(
    _ ordered: [(name: String, tensor: Tensor, code: String)], _ metadata: [String: String]
  ) -> Bytes {
    var text = "{"
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      text += "\"__metadata__\":{\(pairs.joined(separator: ","))}"
    }
    var offset = 0
    for (name, tensor, code) in ordered {
      if text.utf8.count > 1 { text += "," }
      let end = offset + tensor.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      text +=
        "\(quoted(name)):{\"dtype\":\"\(code)\",\"shape\":[\(shape)],"
        + "\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    text += "}"
    var bytes = Array(text.utf8)
    bytes += repeatElement(UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
    return Bytes(length + bytes)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      case let scalar where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Writes the file, replacing an older one only when the new one is whole.
  ///
  /// - Parameters:
  ///   - inputs: Files that must not be overwritten.
  ///   - progress: Told the number of bytes after each tensor.
  /// - Throws: ``WriteError``; what reading a tensor's bytes throws.
  public func write(
    to path: String, inputs: [String] = [], progress: (Int) -> Void = { _ in }
  ) throws {
    let file = try AtomicFile(path, inputs: inputs)
    try file.append(header)
    var pending: Bytes?
    for (_, tensor, _) in ordered {
      let bytes = try tensor.contiguousBytes()
      // Neighbours in the input that stay neighbours are copied in one go.
      if let joined = pending?.joined(with: bytes) {
        pending = joined
      } else {
        if let pending { try file.append(pending) }
        pending = bytes
      }
      progress(bytes.count)
    }
    if let pending { try file.append(pending) }
    try file.commit()
  }
}
