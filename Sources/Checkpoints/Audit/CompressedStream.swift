import CPthZlib
import PthBytes

/// A stream that is compressed as a whole, such as a `.tar.gz` or what joblib writes.
enum CompressedStream {
  static let gzip = "gzip"
  static let zlib = "zlib"
  /// What can be unpacked, by the names that ``FileSignature`` gives.
  static let kinds: Set<String> = [gzip, zlib]

  private static let windowSize = 1 << 18

  /// Unpacks a gzip or zlib stream, all of its members.
  ///
  /// - Parameter most: How many bytes are wanted at most.
  /// - Returns: what could be unpacked, and why it is not all; a reader runs the beginning of a
  ///   damaged stream before it notices.
  static func unpack(_ bytes: Bytes, most: Int) -> (contents: Bytes, fault: String?) {
    var windows: [[UInt8]] = []
    var total = 0
    var stream = z_stream()
    // 32 + 15: either of gzip and zlib, with the largest window.
    guard
      inflateInit2_(&stream, 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return (.empty, "there is not enough memory") }
    defer { inflateEnd(&stream) }
    let fault: String? = bytes.withUnsafeBytes { input in
      var position = 0
      var window = [UInt8](repeating: 0, count: windowSize)
      while true {
        let available = min(input.count - position, 1 << 30)
        stream.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.advanced(by: position).assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(available)
        let status = window.withUnsafeMutableBufferPointer { output in
          stream.next_out = output.baseAddress
          stream.avail_out = UInt32(output.count)
          return inflate(&stream, Z_NO_FLUSH)
        }
        position += available - Int(stream.avail_in)
        let count = windowSize - Int(stream.avail_out)
        if count > 0 { windows.append(Array(window.prefix(count))) }
        total += count
        guard total <= most else { return "it unpacks to more than is read" }
        switch status {
        case Z_STREAM_END:
          // Another member may follow, as when files are joined.
          guard input.count - position > 2, input[position] == 0x1f, input[position + 1] == 0x8b
          else { return nil }
          guard inflateReset(&stream) == Z_OK else { return "it cannot be unpacked" }
        case Z_OK where count > 0 || available > 0: continue
        default: return "it is damaged or cut off"
        }
      }
    }
    let buffer = OwnedBuffer(count: min(total, most))
    var filled = 0
    for window in windows {
      let part = window.prefix(buffer.memory.count - filled)
      buffer.memory[filled..<filled + part.count].copyBytes(from: part)
      filled += part.count
    }
    return (Bytes(buffer), fault)
  }
}
