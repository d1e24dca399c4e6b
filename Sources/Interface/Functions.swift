// The functions of `pthconv.h`, which documents them. They are public because an optimised build removes internal
// functions that no Swift code calls.

import CPthInterface
import Glibc
import PthBytes
import PthConvKit

/// Receives the sentence of an error, which the caller has to free.
public typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_cdecl("pthconv_abi")
public func abi() -> UInt32 { UInt32(PTHCONV_ABI) }

@_cdecl("pthconv_version")
public func version() -> UnsafePointer<CChar> { versionText.text }

@_cdecl("pthconv_free")
public func free(_ text: UnsafeMutablePointer<CChar>?) { Glibc.free(text) }

@_cdecl("pthconv_open")
public func open(
  _ path: UnsafePointer<CChar>?, _ key: UnsafePointer<CChar>?,
  _ checkpoint: UnsafeMutablePointer<OpaquePointer?>?, _ message: Message?
) -> pthconv_status {
  answering(message) {
    guard let checkpoint else { throw InvalidArgument("the place for the checkpoint is NULL") }
    let opened = try OpenedCheckpoint(
      path: try path.text("the path"), key: key.map { String(cString: $0) })
    checkpoint.pointee = OpaquePointer(Unmanaged.passRetained(opened).toOpaque())
  }
}

@_cdecl("pthconv_close")
public func close(_ checkpoint: OpaquePointer?) {
  guard let checkpoint else { return }
  Unmanaged<OpenedCheckpoint>.fromOpaque(UnsafeRawPointer(checkpoint)).release()
}

@_cdecl("pthconv_format")
public func format(_ checkpoint: OpaquePointer?) -> UnsafePointer<CChar>? {
  (try? checkpoint.checkpoint())?.format.text
}

@_cdecl("pthconv_key")
public func key(_ checkpoint: OpaquePointer?) -> UnsafePointer<CChar>? {
  (try? checkpoint.checkpoint())?.key.text
}

@_cdecl("pthconv_tensors")
public func tensors(_ checkpoint: OpaquePointer?) -> UnsafePointer<pthconv_table>? {
  (try? checkpoint.checkpoint())?.table.table
}

@_cdecl("pthconv_storage_data")
public func storageData(
  _ checkpoint: OpaquePointer?, _ storage: UInt64,
  _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    guard let data else { throw InvalidArgument("the place for the pointer is NULL") }
    let count = opened.table.storages.count
    guard storage < count else {
      throw InvalidArgument("there is no storage \(storage): there are \(count)")
    }
    let bytes = try opened.bytes(ofStorage: Int(storage))
    data.pointee = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
  }
}

@_cdecl("pthconv_read")
public func read(
  _ checkpoint: OpaquePointer?, _ tensor: UInt64, _ buffer: UnsafeMutableRawPointer?,
  _ size: UInt64, _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    let tensors = opened.table.tensors
    guard tensor < tensors.count else {
      throw InvalidArgument("there is no tensor \(tensor): there are \(tensors.count)")
    }
    let wanted = tensors[Int(tensor)]
    guard size == wanted.byteCount, buffer != nil || size == 0 else {
      throw InvalidArgument("the tensor has \(wanted.byteCount) bytes, the buffer \(size)")
    }
    try opened.copy(
      wanted, into: UnsafeMutableRawBufferPointer(start: buffer, count: wanted.byteCount))
  }
}

@_cdecl("pthconv_check")
public func check(_ checkpoint: OpaquePointer?, _ message: Message?) -> pthconv_status {
  answering(message) { try checkpoint.checkpoint().checkFiles() }
}

/// Exists as long as the process.
private let versionText = Bytes(Array(toolkitVersion.utf8) + [0])

extension Bytes {
  /// The C string in these bytes, which must end with a NUL.
  fileprivate var text: UnsafePointer<CChar> {
    baseAddress.assumingMemoryBound(to: CChar.self)
  }
}
