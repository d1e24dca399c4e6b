/// The container formats that can be read; the raw value is the name in `inspect --json`.
public enum CheckpointFormat: String, Sendable {
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

/// The order of the bytes of a multi-byte element in the file.
package enum ByteOrder: String, Sendable {
  case little, big
}
