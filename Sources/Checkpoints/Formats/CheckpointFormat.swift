/// The container formats that can be read; the raw value is the name in `inspect --json`.
public enum CheckpointFormat: String, Sendable, CaseIterable {
  case torchZip = "torch-zip"
  case torchLegacy = "torch-legacy"
  case torchTar = "torch-tar"
  case torchScript = "torchscript"
  case torchSharded = "torch-sharded"
  case safetensors
  case safetensorsSharded = "safetensors-sharded"
  case npz
  case npy
  case pickle
}

extension CheckpointFormat {
  /// For people: "PyTorch zip archive".
  package var title: String { FormatKind.all[self]?.title ?? rawValue }

  /// The key among a checkpoint's metadata under which the format says something of itself, and
  /// nothing of the checkpoint.
  package var ownMetadata: String? { FormatKind.all[self]?.ownMetadata }
}

/// The order of the bytes of a multi-byte element in the file.
package enum ByteOrder: String, Sendable {
  case little, big
}
