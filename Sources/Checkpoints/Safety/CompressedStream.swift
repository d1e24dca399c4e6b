import CPthOnDemand
import PthBytes

/// The compression of a file as a whole, such as a `.tar.gz` or a joblib file.
enum CompressedStream: Hashable {
  case gzip, zlib, bzip2, xz, lzma, zstandard, lz4

  /// The unpacked bytes, up to the first damage: a reader runs the beginning of a stream before it finds out.
  struct Unpacked {
    var contents: Bytes
    /// Why `contents` is incomplete; nil if the stream was unpacked to its end.
    var fault: Fault?
    /// The bytes after the last stream.
    var rest = Bytes.empty
  }

  enum Fault: Equatable {
    case damaged, tooMuch, needsMemory
    /// The library for this compression is not installed.
    case noLibrary(String)

    var text: String {
      switch self {
      case .damaged: "it is damaged or cut off"
      case .tooMuch: "it unpacks to more than the limit"
      case .needsMemory: "it needs more memory than a file is given here"
      case .noLibrary(let name): "that takes \(name), which is not installed"
      }
    }
  }

  private static let magics: [(magic: [UInt8], kind: CompressedStream)] = [
    // The third byte is the method; readers refuse every other.
    ([0x1f, 0x8b, 0x08], .gzip),
    (Array("BZh".utf8), .bzip2),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], .xz),
    ([0x28, 0xb5, 0x2f, 0xfd], .zstandard),
    ([0x04, 0x22, 0x4d, 0x18], .lz4),
    ([0x02, 0x21, 0x4c, 0x18], .lz4),
    // joblib recognises LZMA by two bytes and zlib by one.
    ([0x5d, 0x00], .lzma),
    ([0x78, 0x01], .zlib),
    ([0x78, 0x5e], .zlib),
    ([0x78, 0x9c], .zlib),
    ([0x78, 0xda], .zlib),
  ]

  /// The compression whose magic number the bytes begin with.
  static func kind(of bytes: Bytes) -> CompressedStream? {
    if let known = magics.first(where: { bytes.starts(with: $0.magic) }) { return known.kind }
    // A Zstandard stream may begin with a skippable frame.
    let frame: UInt32? = try? bytes.integer(at: 0)
    return frame.map { $0 & 0xffff_fff0 } == 0x184d_2a50 ? .zstandard : nil
  }

  /// The compression without a magic number that the bytes may have; only unpacking can confirm it.
  static func possibleKind(of bytes: Bytes) -> CompressedStream? {
    guard bytes.count > 2 else { return nil }
    let header = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    // A zlib header with a smaller window than usual, and without a dictionary.
    if bytes[0] & 0x8f == 8, bytes[1] & 0x20 == 0, header % 31 == 0 { return .zlib }
    // An LZMA header: properties, dictionary size, uncompressed size; the data begins with a 0.
    guard bytes.count > 18, bytes[0] < 225, bytes[13] == 0,
      let dictionary: UInt32 = try? bytes.integer(at: 1), isDictionarySize(dictionary),
      let size: UInt64 = try? bytes.integer(at: 5), size != 0, size == .max || size >> 38 == 0
    else { return nil }
    return .lzma
  }

  /// Whether liblzma accepts the dictionary size when it detects the format: 2^n or 2^n + 2^(n-1).
  private static func isDictionarySize(_ size: UInt32) -> Bool {
    size == .max || size >= 1 << 12 && (size.nonzeroBitCount == 1 || size.isThreeTimesAPower)
  }

  var name: String {
    switch self {
    case .gzip: "gzip"
    case .zlib: "zlib"
    case .bzip2: "bzip2"
    case .xz: "xz"
    case .lzma: "LZMA"
    case .zstandard: "Zstandard"
    case .lz4: "lz4"
    }
  }

  /// Whether the magic number rules out everything else.
  var isCertain: Bool { self != .zlib && self != .lzma }

  private func makeDecoder() throws(StreamFault) -> any StreamDecoder {
    switch self {
    case .gzip, .zlib: try ZlibDecoder()
    case .bzip2: try LoadedDecoder(STREAM_BZIP2, library: "libbz2")
    case .xz: try LoadedDecoder(STREAM_XZ, library: "liblzma")
    case .lzma: try LoadedDecoder(STREAM_LZMA, library: "liblzma")
    case .zstandard: try LoadedDecoder(STREAM_ZSTANDARD, library: "libzstd")
    case .lz4: try LoadedDecoder(STREAM_LZ4, library: "liblz4")
    }
  }

  private static let windowSize = 1 << 18
  /// The largest LZMA dictionary: the decoder cannot refer to data further back.
  static let maximumDictionarySize = 64 << 20

  /// Unpacks a stream and any streams that follow it: Python reads joined streams, with zeros between them, as one.
  ///
  /// - Parameter limit: The maximum number of unpacked bytes.
  func unpack(_ bytes: Bytes, limit: Int) -> Unpacked {
    var windows: [[UInt8]] = []
    var total = 0
    var position = 0
    var fault: Fault?
    var window = [UInt8](repeating: 0, count: Self.windowSize)
    do throws(StreamFault) {
      while true {
        position = try unpackOne(bytes, at: position, &window) { (part) throws(StreamFault) in
          windows.append(Array(part))
          total += part.count
          if total > limit { throw StreamFault(.tooMuch) }
        }
        let next = (position..<bytes.count).first { bytes[$0] != 0 } ?? bytes.count
        let isJoined = isJoined(bytes, at: next)
        if isJoined || next == bytes.count { position = next }
        if !isJoined { break }
      }
    } catch { fault = error.fault }
    return Unpacked(
      contents: Self.join(windows, count: min(total, limit)), fault: fault,
      rest: fault == nil ? (try? bytes.suffix(from: position)) ?? .empty : .empty)
  }

  /// Whether the bytes are raw deflate data, as in a zip entry, that inflates to `size` bytes. Of large entries only
  /// the first 256 KiB of the output are checked.
  static func isDeflated(_ bytes: Bytes, to size: Int) -> Bool {
    guard let decoder = try? ZlibDecoder(bits: -15) else { return false }
    var window = [UInt8](repeating: 0, count: windowSize)
    let (read, written, state) = bytes.withUnsafeBytes { input in
      window.withUnsafeMutableBytes { decoder.step(input, $0) }
    }
    return size > windowSize
      ? state == STREAM_MORE && written == windowSize
      : state == STREAM_END && written == size && read == bytes.count
  }

  private func isJoined(_ bytes: Bytes, at position: Int) -> Bool {
    guard let rest = try? bytes.suffix(from: position), rest.count > 2 else { return false }
    return Self.kind(of: rest) == self
  }

  /// - Returns: the position after the stream.
  private func unpackOne(
    _ bytes: Bytes, at start: Int, _ window: inout [UInt8],
    _ body: (ArraySlice<UInt8>) throws(StreamFault) -> Void
  ) throws(StreamFault) -> Int {
    let decoder = try makeDecoder()
    var position = start
    if self == .lzma, var header = try? [UInt8](bytes.slice(at: start, count: 13)) {
      // A dictionary larger than the unpacked data would only take memory.
      let size = (try? bytes.integer(at: start + 1, as: UInt32.self)) ?? 0
      let clamped = min(size, UInt32(Self.maximumDictionarySize))
      for index in 0..<4 { header[1 + index] = UInt8(truncatingIfNeeded: clamped >> (8 * index)) }
      let (read, _, state) = header.withUnsafeBytes { input in
        window.withUnsafeMutableBytes { decoder.step(input, $0) }
      }
      guard state == STREAM_MORE, read == header.count else { throw StreamFault(.damaged) }
      position += header.count
    }
    while true {
      let before = position
      let (read, written, state) = bytes.withUnsafeBytes { input in
        window.withUnsafeMutableBytes { output in
          decoder.step(UnsafeRawBufferPointer(rebasing: input[before...]), output)
        }
      }
      position += read
      if written > 0 { try body(window[..<written]) }
      switch state {
      case STREAM_END: return position
      case STREAM_MORE where read > 0 || written > 0: continue
      case STREAM_TOO_LARGE: throw StreamFault(.needsMemory)
      default: throw StreamFault(.damaged)
      }
    }
  }

  private static func join(_ windows: [[UInt8]], count: Int) -> Bytes {
    let buffer = OwnedBuffer(count: count)
    var filled = 0
    for window in windows {
      let part = window.prefix(count - filled)
      buffer.memory[filled..<filled + part.count].copyBytes(from: part)
      filled += part.count
    }
    return Bytes(buffer)
  }
}

extension UInt32 {
  fileprivate var isThreeTimesAPower: Bool {
    isMultiple(of: 3) && (self / 3).nonzeroBitCount == 1
  }
}

extension [UInt8] {
  fileprivate init(_ bytes: Bytes) {
    self = bytes.withUnsafeBytes { Array($0) }
  }
}
