import PthBytes
import FoundationEssentials
import OrderedCollections
import PthTensors

/// safetensors: a 64-bit header length, a JSON header, and the tensors' bytes.
///
/// Refuses what the reference implementation refuses: offsets that overlap, leave gaps, are reversed or do not end at
/// the end of the file, and sizes that contradict shape and dtype.
struct SafetensorsContainer {
  let tensors: OrderedDictionary<String, Tensor>
  let metadata: [String: String]

  /// The reference implementation's limit.
  private static let maximumHeaderLength = 100_000_000

  static let dtypes: [String: DType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
    "F8_E4M3": .float8_e4m3fn, "F8_E4M3FNUZ": .float8_e4m3fnuz, "F8_E5M2": .float8_e5m2,
    "F8_E5M2FNUZ": .float8_e5m2fnuz, "F8_E8M0": .float8_e8m0fnu, "F4": .float4_e2m1fn_x2,
    "C64": .complex64,
    "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64,
    "U8": .uint8, "U16": .uint16, "U32": .uint32, "U64": .uint64, "BOOL": .bool,
  ]

  struct Header: Decodable {
    struct Info: Decodable {
      let dtype: String
      let shape: [Int]
      let data_offsets: [Int]
    }
    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
    var keyCount = 0
    var metadata: [String: String] = [:]
    var tensors: [(name: String, info: Info)] = []

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      keyCount = container.allKeys.count
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors.append((key.stringValue, try container.decode(Info.self, forKey: key)))
        }
      }
    }
  }

  /// Whether the bytes look like safetensors: a plausible header length, then a brace.
  static func matches(_ bytes: Bytes) -> Bool {
    guard let length = try? bytes.integer(at: 0, as: UInt64.self), bytes.count > 8 else {
      return false
    }
    return bytes[8] == UInt8(ascii: "{") && length >= 2 && length < 1 << 48
  }

  init(_ bytes: Bytes) throws {
    let length = Int(try bytes.integer(at: 0, as: UInt64.self))
    guard length <= Self.maximumHeaderLength else {
      throw CheckpointError(
        .malformed("the header claims \(length) bytes, more than the format's limit of 100 MB"),
        part: "header", position: 0)
    }
    guard length <= bytes.count - 8 else {
      throw CheckpointError(
        .truncated("the header claims \(length) bytes and there are \(bytes.count - 8)"),
        part: "header", position: 0)
    }
    let text = try bytes.slice(at: 8, count: length)
    let header = try Header(usual: text) ?? Self.decode(text)
    let data = try bytes.suffix(from: 8 + length)
    tensors = try Self.tensors(header, data: data, dataStart: 8 + length)
    metadata = header.metadata
  }

  private static func decode(_ bytes: Bytes) throws -> Header {
    do {
      let header = try bytes.withUnsafeBytes {
        try JSONDecoder().decode(Header.self, from: Data($0))
      }
      guard keyCount(bytes) == header.keyCount else {
        throw CheckpointError(.malformed("a name occurs twice"), part: "header", position: 8)
      }
      return header
    } catch let error as DecodingError {
      throw CheckpointError(
        .malformed("is not the JSON of the format: \(summary(error))"), part: "header",
        position: 8)
    }
  }

  /// The number of keys in the top-level object, repeated keys included: a JSON decoder drops those silently. The text
  /// must be valid JSON.
  private static func keyCount(_ bytes: Bytes) -> Int {
    var (depth, count) = (0, 0)
    var (isInString, isEscaped) = (false, false)
    bytes.withUnsafeBytes { text in
      for byte in text {
        if isInString {
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isInString = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: ":"): count += depth == 1 ? 1 : 0
        default: break
        }
      }
    }
    return count
  }

  private static func summary(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has no "
        + "'\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it cannot be parsed"
        : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the wrong type"
    @unknown default: "it cannot be parsed"
    }
  }

  private static func tensors(_ header: Header, data: Bytes, dataStart: Int) throws
    -> OrderedDictionary<String, Tensor>
  {
    for (name, info) in header.tensors where info.data_offsets.count != 2 {
      throw CheckpointError(.malformed("data_offsets is not a pair"), part: name)
    }
    let ordered = header.tensors.sorted {
      ($0.info.data_offsets[0], $0.info.data_offsets[1], $0.name)
        < ($1.info.data_offsets[0], $1.info.data_offsets[1], $1.name)
    }
    var result: OrderedDictionary<String, Tensor> = [:]
    result.reserveCapacity(ordered.count)
    var end = 0
    for (name, info) in ordered {
      let (first, last) = (info.data_offsets[0], info.data_offsets[1])
      guard first == end, last >= first else {
        throw CheckpointError(
          .malformed(
            first < end
              ? "its bytes \(first)..<\(last) overlap the tensor before or run backwards"
              : "a gap of \(first - end) bytes precedes it"),
          part: name, position: dataStart)
      }
      guard last <= data.count else {
        throw CheckpointError(
          .truncated("needs \(last) bytes of data and there are \(data.count)"), part: name,
          position: dataStart + max(0, min(first, data.count)))
      }
      guard let dtype = dtypes[info.dtype] else {
        throw CheckpointError(.unsupported("unknown dtype '\(info.dtype)'"), part: name)
      }
      result[name] = try tensor(
        name, dtype, info.shape, data.slice(at: first, count: last - first),
        offset: dataStart + first)
      end = last
    }
    guard end == data.count else {
      throw CheckpointError(
        .malformed("\(data.count - end) bytes after the last tensor belong to none"),
        position: dataStart + end)
    }
    return result
  }

  private static func tensor(
    _ name: String, _ dtype: DType, _ shape: [Int], _ bytes: Bytes, offset: Int
  ) throws -> Tensor {
    var shape = shape
    // F4 shapes count 4-bit values; PyTorch's packed dtype holds two of them in a byte.
    if dtype == .float4_e2m1fn_x2, let last = shape.last {
      guard last % 2 == 0 else {
        throw CheckpointError(.malformed("an odd number of 4-bit values"), part: name)
      }
      shape[shape.count - 1] = last / 2
    }
    do {
      let storage = TensorStorage(key: name, bytes: bytes, fileOffset: offset)
      let tensor = try Tensor(storage: storage, dtype: dtype, shape: shape)
      guard tensor.byteCount == bytes.count else {
        throw CheckpointError(
          .malformed("shape \(shape) needs \(tensor.byteCount) bytes and has \(bytes.count)"),
          part: name, position: offset)
      }
      return tensor
    } catch let error as TensorError {
      throw CheckpointError(.tensor(error), part: name, position: offset)
    }
  }
}
