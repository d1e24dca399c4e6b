import PthBytes

/// Iterates over the fields of a Protocol Buffers message.
struct ProtobufFields {
  enum Value {
    case number(UInt64)
    case bytes(Bytes)
    case fixed
  }

  private let bytes: Bytes
  private var position = 0

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// Calls `body` with each field's number and value.
  ///
  /// - Returns: whether the message was read to its end; `body` stops the reading by returning false.
  static func forEach(in bytes: Bytes, _ body: (_ field: Int, _ value: Value) -> Bool) -> Bool {
    var reader = ProtobufFields(bytes)
    while reader.position < bytes.count {
      guard let key = reader.number(), key >> 3 > 0, key >> 3 < 1 << 29,
        let value = reader.value(ofType: key & 7), body(Int(key >> 3), value)
      else { return false }
    }
    return true
  }

  private mutating func number() -> UInt64? {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) where position < bytes.count {
      let byte = bytes[position]
      position += 1
      result |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return result }
    }
    return nil
  }

  private mutating func value(ofType type: UInt64) -> Value? {
    switch type {
    case 0: return number().map { .number($0) }
    case 1, 5:
      let count = type == 1 ? 8 : 4
      guard bytes.count - position >= count else { return nil }
      position += count
      return .fixed
    case 2:
      guard let count = number().flatMap(Int.init(exactly:)),
        let value = try? bytes.slice(at: position, count: count)
      else { return nil }
      position += count
      return .bytes(value)
    default: return nil
    }
  }
}
