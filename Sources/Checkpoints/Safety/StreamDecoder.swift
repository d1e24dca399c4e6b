import CPthOnDemand
import CPthZlib

struct StreamFault: Error {
  let fault: CompressedStream.Fault

  init(_ fault: CompressedStream.Fault) { self.fault = fault }
}

/// Unpacks one stream step by step.
protocol StreamDecoder {
  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer)
    -> (read: Int, written: Int, state: stream_state)
}

/// gzip, zlib and raw deflate, by the linked zlib.
final class ZlibDecoder: StreamDecoder {
  private var stream = z_stream()

  /// - Parameter bits: zlib's windowBits: 47 (32 + 15) detects gzip or zlib, -15 is raw deflate; both have the largest
  ///   window.
  init(bits: Int32 = 47) throws(StreamFault) {
    let status = inflateInit2_(&stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw StreamFault(.needsMemory) }
  }

  deinit { inflateEnd(&stream) }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer)
    -> (read: Int, written: Int, state: stream_state)
  {
    let available = min(input.count, 1 << 30)
    stream.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = UInt32(available)
    stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(output.count)
    let status = inflate(&stream, Z_NO_FLUSH)
    let state =
      switch status {
      case Z_STREAM_END: STREAM_END
      case Z_OK: STREAM_MORE
      default: STREAM_DAMAGED
      }
    return (available - Int(stream.avail_in), output.count - Int(stream.avail_out), state)
  }
}

/// The formats whose libraries are loaded when a file needs them.
final class LoadedDecoder: StreamDecoder {
  private let decoder: OpaquePointer

  init(_ format: stream_format, library: String) throws(StreamFault) {
    guard stream_has_library(format) else { throw StreamFault(.noLibrary(library)) }
    guard let decoder = stream_open(format) else { throw StreamFault(.needsMemory) }
    self.decoder = decoder
  }

  deinit { stream_close(decoder) }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer)
    -> (read: Int, written: Int, state: stream_state)
  {
    var (read, written) = (input.count, output.count)
    let state = stream_step(
      decoder, input.baseAddress?.assumingMemoryBound(to: UInt8.self), &read,
      output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
    return (read, written, state)
  }
}
