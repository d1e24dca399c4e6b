/// The framing of protobuf's wire format, for fields that are not serialised by protobuf-c.
enum WireFormat {
  /// The numbers of these fields in onnx.proto.
  enum Field: Int {
    case modelGraph = 7
    case graphInitializer = 5
    case tensorRawData = 9
  }

  /// The maximum size of a message in bytes; protobuf implementations reject larger ones.
  static let messageLimit = Int(Int32.max)

  /// The bytes before the contents of a field of `length` bytes: its tag (wire type 2) and the length.
  static func prefix(_ field: Field, length: Int) -> [UInt8] {
    varint(field.rawValue << 3 | 2) + varint(length)
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = UInt64(value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
