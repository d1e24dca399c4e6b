import PthBytes
import Synchronization

/// The flat run of elements behind one or more tensors, as PyTorch's `UntypedStorage`.
///
/// A storage knows its size when the checkpoint is opened; its bytes are produced on first use:
/// for an uncompressed little-endian one they are a slice of the file mapping, for the others
/// they are inflated or byte-swapped then, once.
package final class TensorStorage: Sendable {
  /// Its name in the file: an archive entry, a storage key, or the tensor's own name.
  package let key: String
  /// Size in bytes.
  package let byteCount: Int
  /// The device it was saved from (`cpu`, `cuda:0`, `meta`); it is always read on the CPU.
  package let device: String
  /// Where its first byte lies in the file; nil if it is compressed, in memory or absent.
  package let fileOffset: Int?
  /// The shard the storage is in, relative to the checkpoint; nil in a one-file checkpoint.
  package let shard: String?

  /// The storage that this one is a part of: legacy files may have views of storages.
  package let parent: TensorStorage?

  private enum State {
    case ready(Bytes)
    case deferred(@Sendable () throws -> Bytes)
  }
  private let keepsBytes: Bool
  private let state: Lock<State>

  /// A storage whose bytes are at hand.
  package init(
    key: String, bytes: Bytes, device: String = "cpu", fileOffset: Int? = nil,
    shard: String? = nil, parent: TensorStorage? = nil
  ) {
    self.key = key
    self.byteCount = bytes.count
    self.device = device
    self.fileOffset = fileOffset
    self.shard = shard
    self.parent = parent
    keepsBytes = true
    state = Lock(.ready(bytes))
  }

  /// A storage whose `byteCount` bytes `load` produces when they are first wanted.
  ///
  /// - Parameter keepsBytes: Whether they stay in memory; otherwise they are produced each time.
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
    self.keepsBytes = keepsBytes
    state = Lock(.deferred(load))
  }

  /// A storage on PyTorch's `meta` device: a size and no data.
  package static func meta(key: String, byteCount: Int) -> TensorStorage {
    TensorStorage(key: key, byteCount: byteCount, device: "meta") {
      throw TensorError.noData(key)
    }
  }

  /// Whether there are no bytes to be had.
  package var isMeta: Bool { device == "meta" }

  /// The elements' bytes, little-endian.
  ///
  /// - Throws: what inflating the entry throws; ``TensorError/noData(_:)`` for a meta storage.
  package func bytes() throws -> Bytes {
    try state.withLock { state in
      switch state {
      case .ready(let bytes): return bytes
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

  /// The elements' bytes if they need not be produced first.
  package var bytesAtHand: Bytes? {
    state.withLock { state in
      if case .ready(let bytes) = state { bytes } else { nil }
    }
  }

  /// The same storage as a part of a sharded checkpoint.
  ///
  /// - Parameter parent: What ``parent`` is there.
  package func inShard(_ name: String, parent: TensorStorage?) -> TensorStorage {
    TensorStorage(
      key: key, byteCount: byteCount, device: device, fileOffset: fileOffset, shard: name,
      parent: parent, load: { try self.bytes() })
  }
}
