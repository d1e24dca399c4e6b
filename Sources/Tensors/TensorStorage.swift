import PthBytes
import Synchronization

/// The flat bytes behind one or more tensors, like PyTorch's `UntypedStorage`.
///
/// A storage's size is known when the checkpoint is opened. Its bytes are produced on first use: those of an
/// uncompressed little-endian storage are a slice of the file mapping; others are inflated or byte-swapped, once.
package final class TensorStorage: Sendable {
  /// Its name in the file: an archive entry, a storage key, or the tensor's own name.
  package let key: String
  /// Size in bytes.
  package let byteCount: Int
  /// The device that the storage was saved from (`cpu`, `cuda:0`, `meta`); it is always read on the CPU.
  package let device: String
  /// Offset of the first byte in the file; nil if the storage is compressed, in memory or absent.
  package let fileOffset: Int?
  /// The shard the storage is in, relative to the checkpoint; nil in a one-file checkpoint.
  package let shard: String?

  /// The storage that this one is a part of (legacy and tar files have views of storages), or of which it is a
  /// conjugated or negated copy.
  package let parent: TensorStorage?
  /// Where this storage's bytes begin in those of ``parent``; nil if they are not a part of them.
  ///
  /// Addresses cannot tell this: a copy, or bytes that are computed, lie in memory of their own.
  package let offsetInParent: Int?

  private enum State {
    case ready(Bytes)
    case deferred(@Sendable () throws -> Bytes)
    case shared(TensorStorage)
  }
  private let keepsBytes: Bool
  private let state: Lock<State>

  /// Creates a storage whose bytes are available.
  package init(key: String, bytes: Bytes, device: String = "cpu", fileOffset: Int? = nil) {
    self.key = key
    self.byteCount = bytes.count
    self.device = device
    self.fileOffset = fileOffset
    shard = nil
    parent = nil
    offsetInParent = nil
    keepsBytes = true
    state = Lock(.ready(bytes))
  }

  /// Creates a storage whose bytes `load` produces on first use.
  ///
  /// - Parameter keepsBytes: Whether the bytes stay in memory; if false, `load` is called for each request.
  package init(
    key: String, byteCount: Int, device: String = "cpu", fileOffset: Int? = nil,
    shard: String? = nil, parent: TensorStorage? = nil, keepsBytes: Bool = true,
    load: @escaping @Sendable () throws -> Bytes
  ) {
    self.key = key
    self.byteCount = byteCount
    self.device = device
    self.fileOffset = fileOffset
    self.shard = shard
    self.parent = parent
    offsetInParent = nil
    self.keepsBytes = keepsBytes
    state = Lock(.deferred(load))
  }

  /// Creates a view of a part of `parent`.
  ///
  /// - Throws: any error of ``bytes()``, and the error of a range that is not in `parent`.
  package init(key: String, viewOf parent: TensorStorage, at offset: Int, byteCount: Int) throws {
    let bytes = try parent.bytes().slice(at: offset, count: byteCount)
    self.key = key
    self.byteCount = byteCount
    device = parent.device
    fileOffset = parent.fileOffset.map { $0 + offset }
    shard = parent.shard
    self.parent = parent
    offsetInParent = offset
    keepsBytes = true
    state = Lock(.ready(bytes))
  }

  /// Creates the storage of a sharded checkpoint that `storage` of the shard `name` becomes.
  ///
  /// - Parameter parent: The counterpart of `storage.parent` in the sharded checkpoint.
  package init(_ storage: TensorStorage, inShard name: String, parent: TensorStorage?) {
    key = storage.key
    byteCount = storage.byteCount
    device = storage.device
    fileOffset = storage.fileOffset
    shard = name
    self.parent = parent
    offsetInParent = storage.offsetInParent
    keepsBytes = storage.keepsBytes
    state = Lock(.shared(storage))
  }

  /// Creates a storage on PyTorch's `meta` device, which has a size but no data.
  package static func meta(key: String, byteCount: Int) -> TensorStorage {
    TensorStorage(key: key, byteCount: byteCount, device: "meta") {
      throw TensorError.noData(key)
    }
  }

  /// Whether the storage is on the `meta` device and has no bytes.
  package var isMeta: Bool { device == "meta" }

  /// The elements' bytes, little-endian.
  ///
  /// - Throws: any error of `load`, such as from inflating; ``TensorError/noData(_:)`` for a meta storage;
  ///   ``TensorError/storageTooShort(_:has:needs:)`` if `load` gives too few bytes.
  package func bytes() throws -> Bytes {
    try forksWait {
      try state.withLock { state in
        switch state {
        case .ready(let bytes): return bytes
        case .shared(let storage): return try storage.bytes()
        case .deferred(let load):
          let bytes = try load()
          guard bytes.count >= byteCount else {
            throw TensorError.storageTooShort(key, has: bytes.count, needs: byteCount)
          }
          if keepsBytes { state = .ready(bytes) }
          return bytes
        }
      }
    }
  }

  /// The elements' bytes if they are available without loading; nil otherwise.
  package var bytesAtHand: Bytes? {
    forksWait {
      state.withLock { state in
        switch state {
        case .ready(let bytes): bytes
        case .shared(let storage): storage.bytesAtHand
        case .deferred: nil
        }
      }
    }
  }
}
