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
  /// The format's name for people, such as "PyTorch zip archive".
  package var title: String { FormatKind.all[self]?.title ?? rawValue }

  /// The metadata key that describes the container and not the checkpoint, such as `format` in safetensors.
  package var ownMetadata: String? { FormatKind.all[self]?.ownMetadata }
}

/// The order of the bytes of a multi-byte element in the file.
package enum ByteOrder: String, Sendable {
  case little, big
}
