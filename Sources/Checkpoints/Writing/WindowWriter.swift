import PthBytes
import Glibc
import PthTensors

/// Collects bytes in a window and writes the window when it is full. Long runs that have the same alignment to pages
/// in source and output are copied by the kernel.
struct WindowWriter {
  private let file: AtomicFile
  private let progress: @Sendable (Int) -> Void
  private let window = OwnedBuffer(count: Self.windowSize)
  /// Elements before their conversion.
  private lazy var unconverted = OwnedBuffer(count: Self.windowSize)
  /// Where the window begins in the output.
  private var offset = 0
  private var filled = 0
  private var overflows: [Int: Int] = [:]

  /// Fits into a processor's L2 cache, so that the checksum finds the bytes there.
  private static let windowSize = 1 << 20
  /// For shorter runs, the system calls cost more than the copying by the kernel saves.
  private static let shortestCopy = 1 << 20
  private static let pageSize = sysconf(Int32(_SC_PAGESIZE))
  /// The kernel copies in steps: after each one progress is reported and writing to the disk starts.
  private static let copyStep = 8 << 20

  init(file: AtomicFile, progress: @escaping @Sendable (Int) -> Void) {
    self.file = file
    self.progress = progress
  }

  /// Continues at a position of the output.
  mutating func begin(at offset: Int) {
    self.offset = offset
    filled = 0
  }

  mutating func takeOverflows() -> [Int: Int] {
    defer { overflows = [:] }
    return overflows
  }

  /// - Returns: the CRC-32 of the data; 0 if the record has no tail, which alone needs it.
  mutating func put(_ record: FileLayout.Record) throws -> UInt32 {
    try record.head.withUnsafeBytes { try put($0) }
    guard let tail = record.tail else {
      var none: CRC32?
      for data in record.data { try put(data, checksum: &none) }
      return 0
    }
    var checksum: CRC32? = CRC32()
    for data in record.data { try put(data, checksum: &checksum) }
    let value = checksum?.value ?? 0
    try tail.bytes(value).withUnsafeBytes { try put($0) }
    return value
  }

  /// Writes the bytes in the window.
  mutating func flush() throws {
    guard filled > 0 else { return }
    try file.write(UnsafeRawBufferPointer(rebasing: window.memory[..<filled]), at: offset)
    progress(filled)
    offset += filled
    filled = 0
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      if filled == Self.windowSize { try flush() }
      let part = rest.prefix(Self.windowSize - filled)
      UnsafeMutableRawBufferPointer(rebasing: window.memory[filled...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
      filled += part.count
      rest = rest.dropFirst(part.count)
    }
  }

  /// - Parameter checksum: The CRC-32 to which the data is added; nil if none is needed.
  private mutating func put(_ data: OutputData, checksum: inout CRC32?) throws {
    let data = try data.resolved()
    let count = data.byteCount
    var position = 0
    if checksum == nil, count >= Self.shortestCopy { position = try copy(data, count) }
    let unit = data.unit
    while position < count {
      if Self.windowSize - filled < unit { try flush() }
      let room = (Self.windowSize - filled) / unit * unit
      let part = UnsafeMutableRawBufferPointer(
        rebasing: window.memory[filled..<filled + min(room, count - position)])
      try read(data, at: position, into: part)
      checksum?.add(UnsafeRawBufferPointer(part))
      filled += part.count
      position += part.count
    }
  }

  private mutating func read(
    _ data: OutputData, at position: Int, into part: UnsafeMutableRawBufferPointer
  ) throws {
    switch data {
    case .bytes(let bytes): try bytes.read(at: position, into: part)
    case .tensor(let tensor, nil, _): try tensor.read(at: position, into: part)
    case .computed(_, _, let fill): try fill(position, part)
    case .tensor(let tensor, let conversion?, let index):
      // A window of narrow output elements may need more than a window of wide input elements.
      let (narrow, wide) = (conversion.target.itemSize, conversion.source.itemSize)
      var done = 0
      while done < part.count {
        let elements = min((part.count - done) / narrow, Self.windowSize / wide)
        let input = UnsafeMutableRawBufferPointer(
          rebasing: unconverted.memory[..<(elements * wide)])
        try tensor.read(at: (position + done) / narrow * wide, into: input)
        let output = UnsafeMutableRawBufferPointer(
          rebasing: part[done..<done + elements * narrow])
        let count = conversion.convert(UnsafeRawBufferPointer(input), to: output)
        if count > 0 { overflows[index, default: 0] += count }
        done += elements * narrow
      }
    }
  }

  /// Lets the kernel copy data that is in a mapped file, if the data's offset within a page is the same in the output.
  /// File systems may then share the pages. Without that alignment the kernel would copy page by page, which takes
  /// twice the time of a window.
  ///
  /// - Returns: the number of bytes copied.
  private mutating func copy(_ data: OutputData, _ count: Int) throws -> Int {
    guard let (source, start) = data.origin(),
      (start - offset - filled) % Self.pageSize == 0
    else { return 0 }
    try flush()
    var copied = 0
    while copied < count {
      let wanted = min(Self.copyStep, count - copied)
      let got = try file.copy(from: source, at: start + copied, count: wanted, to: offset)
      progress(got)
      file.startWriteback(at: offset, count: got)
      copied += got
      offset += got
      if got < wanted { break }
    }
    return copied
  }
}
