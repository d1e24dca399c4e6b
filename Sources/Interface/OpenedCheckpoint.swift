import CPthInterface
import PthBytes
import Synchronization
import PthConvKit
import PthTensors

/// The object behind a `pthconv_checkpoint`.
final class OpenedCheckpoint: Sendable {
  let checkpoint: Checkpoint
  let table: TensorTable
  /// C strings that callers get pointers to.
  let format: Bytes
  let key: Bytes
  /// All mapped files.
  private let files: [MappedFile]
  /// Bytes that were produced and that callers have pointers to, by storage index.
  private let produced = Lock<[Int: Bytes]>([:])

  init(path: String, key: String?) throws {
    checkpoint = try Checkpoint.open(path, key: key)
    files = ([checkpoint] + checkpoint.shards).compactMap {
      MappedFile.origin(of: $0.bytes)?.file
    }
    table = TensorTable(checkpoint.stateDict, in: files)
    format = Bytes(Array(checkpoint.format.rawValue.utf8) + [0])
    self.key = Bytes(Array(checkpoint.stateDictKey.utf8) + [0])
  }

  /// - Throws: `FileError` if a file has become shorter.
  func checkFiles() throws {
    for file in files { try file.checkSize() }
  }

  /// The bytes of a storage, at an address that is valid until the checkpoint is closed.
  func bytes(ofStorage index: Int) throws -> Bytes {
    try checkFiles()
    return try forksWait {
      try produced.withLock { produced in
        if let known = produced[index] { return known }
        let bytes = try CheckpointError.naming(checkpoint.path) {
          try table.storages[index].bytes()
        }
        produced[index] = bytes
        return bytes
      }
    }
  }

  /// Copies a tensor's elements in C order; those of a mapped file are read with `pread`, not through the mapping.
  func copy(_ tensor: Tensor, into buffer: UnsafeMutableRawBufferPointer) throws {
    try checkFiles()
    try CheckpointError.naming(checkpoint.path) {
      let bytes = try tensor.storage.bytes()
      guard let (file, offset) = MappedFile.origin(of: bytes) else {
        return try tensor.contiguousBytes().withUnsafeBytes { buffer.copyMemory(from: $0) }
      }
      if tensor.isContiguous {
        let start =
          tensor.elementCount == 0
          ? 0 : tensor.storageOffset * tensor.dtype.itemSize / tensor.dtype.elementsPerByte
        return try file.read(at: offset + start, into: buffer)
      }
      let whole = OwnedBuffer(count: bytes.count)
      try file.read(at: offset, into: whole.memory)
      let storage = TensorStorage(key: tensor.storage.key, bytes: Bytes(whole))
      let gathered = try Tensor(
        storage: storage, dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides,
        storageOffset: tensor.storageOffset)
      try gathered.contiguousBytes().withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
  }
}

extension OpaquePointer? {
  /// The checkpoint behind a C handle.
  func checkpoint() throws(InvalidArgument) -> OpenedCheckpoint {
    guard let self else { throw InvalidArgument("the checkpoint is NULL") }
    return Unmanaged<OpenedCheckpoint>.fromOpaque(UnsafeRawPointer(self)).takeUnretainedValue()
  }
}
