import PthBytes
import Synchronization
import CPthOnDemand

/// An archive in memory as libzip opens it: inflates entries and checks their CRCs.
final class LibzipArchive: Sendable {
  private struct Handle: @unchecked Sendable { let pointer: OpaquePointer }
  private let library: libzip
  private let archive: Lock<Handle>
  /// Keeps the memory alive that libzip's source points into.
  private let bytes: Bytes

  /// - Parameter isStrict: Also compare every local header with the directory (`ZIP_CHECKCONS`).
  /// - Throws: ``CheckpointError`` with libzip's reason.
  init(_ bytes: Bytes, isStrict: Bool = false) throws {
    let library = try Self.installed()
    self.library = library
    self.bytes = bytes
    var error = zip_error_t()
    library.zip_error_init(&error)
    defer { library.zip_error_fini(&error) }
    guard
      let source = library.zip_source_buffer_create(
        bytes.baseAddress, UInt64(bytes.count), 0, &error)
    else { throw Self.failure(library, &error) }
    let flags = ZIP_RDONLY | (isStrict ? ZIP_CHECKCONS : 0)
    // libzip asks glibc for the time zone, which has a lock that a fork leaves behind.
    guard let pointer = forksWait(for: { library.zip_open_from_source(source, flags, &error) })
    else {
      library.zip_source_free(source)
      throw Self.failure(library, &error)
    }
    archive = Lock(Handle(pointer: pointer))
  }

  /// Loads libzip.
  ///
  /// - Throws: ``CheckpointError`` if it is not installed.
  @discardableResult
  static func installed() throws(CheckpointError) -> libzip {
    guard let library = on_demand_libzip()?.pointee else {
      throw CheckpointError(
        .unsupported("reading it to its end takes libzip, which is not installed (Debian: libzip4)")
      )
    }
    return library
  }

  deinit {
    forksWait { archive.withLock { library.zip_discard($0.pointer) } }
  }

  private static func failure(
    _ library: libzip, _ error: UnsafeMutablePointer<zip_error_t>?
  ) -> CheckpointError {
    let text = library.zip_error_strerror(error).map { String(cString: $0) }
    return CheckpointError(.malformed("libzip: \(text ?? "unknown error")"))
  }

  /// The entries' names in directory order.
  func names() -> [String] {
    withArchive { handle in
      (0..<max(0, library.zip_get_num_entries(handle.pointer, 0))).map { index in
        library.zip_get_name(handle.pointer, UInt64(index), zip_flags_t(ZIP_FL_ENC_RAW)).map {
          String(cString: $0)
        } ?? ""
      }
    }
  }

  /// Inflates the entry at `index` of the directory into exactly `size` bytes.
  ///
  /// - Throws: ``CheckpointError`` if the data is longer or shorter, or fails its CRC.
  func inflate(at index: Int, name: String, size: Int) throws -> Bytes {
    // Deflate expands at most 1032 times; no larger declared size is allocated.
    let limit = bytes.count.multipliedReportingOverflow(by: 1040)
    guard limit.overflow || size <= limit.partialValue else {
      throw CheckpointError(
        .malformed("declares \(size) bytes, more than the archive can hold"), part: name)
    }
    let buffer = OwnedBuffer(count: size)
    let read = try readEntry(at: index, name: name, into: buffer.memory)
    guard read == size else {
      throw CheckpointError(
        .malformed("inflates to \(read) bytes where \(size) were declared"), part: name)
    }
    return Bytes(buffer)
  }

  /// Whether the entry's data has the CRC of the directory and is not longer than `size`.
  ///
  /// - Throws: ``CheckpointError`` if the entry cannot be read for a reason other than its CRC.
  func hasValidCRC(at index: Int, name: String, size: Int) throws -> Bool {
    let window = OwnedBuffer(count: 1 << 18)
    return try withArchive { handle in
      let file = try open(handle.pointer, index, name)
      defer { _ = library.zip_fclose(file) }
      var total = 0
      while true {
        let got = library.zip_fread(file, window.memory.baseAddress, UInt64(window.memory.count))
        if got == 0 { return true }
        total += max(0, Int(got))
        if total > size { return false }
        if got < 0 {
          guard let error = library.zip_file_get_error(file) else { return false }
          if library.zip_error_code_zip(error) == ZIP_ER_CRC { return false }
          throw Self.failure(library, error).located(part: name)
        }
      }
    }
  }

  private func readEntry(at index: Int, name: String, into memory: UnsafeMutableRawBufferPointer)
    throws -> Int
  {
    try withArchive { handle in
      let file = try open(handle.pointer, index, name)
      defer { _ = library.zip_fclose(file) }
      var total = 0
      while total < memory.count {
        let got = library.zip_fread(
          file, memory.baseAddress! + total, UInt64(memory.count - total))
        guard got >= 0 else { throw readFailure(file, name) }
        if got == 0 { return total }
        total += Int(got)
      }
      // Reading one byte more shows whether the entry is longer, and makes libzip compare the CRC.
      var extra: UInt8 = 0
      let got = library.zip_fread(file, &extra, 1)
      guard got >= 0 else { throw readFailure(file, name) }
      return total + Int(got)
    }
  }

  private func withArchive<Result>(_ body: (Handle) throws -> sending Result) rethrows -> Result {
    try forksWait { try archive.withLock { try body($0) } }
  }

  private func readFailure(_ file: OpaquePointer, _ name: String) -> CheckpointError {
    guard let error = library.zip_file_get_error(file) else {
      return CheckpointError(.malformed("cannot be inflated"), part: name)
    }
    return Self.failure(library, error).located(part: name)
  }

  private func open(_ archive: OpaquePointer, _ index: Int, _ name: String) throws
    -> OpaquePointer
  {
    guard let file = library.zip_fopen_index(archive, UInt64(index), 0) else {
      throw Self.failure(library, library.zip_get_error(archive)).located(part: name)
    }
    return file
  }
}
