import PthBytes
import PthPickle
import PthTensors

/// PyTorch's conjugate and negative bits of a lazily transformed tensor, saved in the `metadata` argument of the
/// tensor's rebuild function.
struct ViewBits {
  private var isConjugate = false
  private var isNegative = false

  /// Reads the metadata argument at `index`, if there is one.
  init(_ call: RebuildCall, at index: Int, _ reader: ObjectReader) {
    guard index < call.arguments.count else { return }
    for (key, value) in reader.document.firstEntries(call.arguments[index], 16) {
      guard reader.document.bool(value) == true else { continue }
      switch reader.keyText(key) {
      case "conj": isConjugate = true
      case "neg": isNegative = true
      default: break
      }
    }
  }

  /// The tensor with a pending conjugation or negation applied to a copy of its storage, which is made when its bytes
  /// are first used; the tensor itself if nothing is pending.
  func apply(to tensor: Tensor) throws -> Tensor {
    guard isConjugate || isNegative else { return tensor }
    guard tensor.dtype.isComplex || tensor.dtype.isFloatingPoint else {
      throw CheckpointError(.unsupported("a negative view of \(tensor.dtype.rawValue)"))
    }
    let (flipsReal, flipsImaginary) = (isNegative, isNegative != isConjugate)
    let original = tensor.storage
    let storage = TensorStorage(
      key: original.key, byteCount: original.byteCount, device: original.device,
      parent: original.parent ?? original
    ) {
      let source = try original.bytes()
      let result = OwnedBuffer(count: source.count)
      source.withUnsafeBytes { result.memory.copyMemory(from: $0) }
      // Elements are little-endian, so the sign is the top bit of a number's last byte.
      let unit = tensor.dtype.byteSwapUnit
      for (index, end) in stride(from: unit - 1, to: source.count, by: unit).enumerated() {
        let isImaginary = tensor.dtype.isComplex && index % 2 == 1
        if isImaginary ? flipsImaginary : flipsReal { result.memory[end] ^= 0x80 }
      }
      return Bytes(result)
    }
    return try Tensor(
      storage: storage, dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides,
      storageOffset: tensor.storageOffset)
  }
}
