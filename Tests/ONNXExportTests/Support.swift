import PthBackbones
import PthBytes
import Foundation
import PthONNXExport
import PthTensors
import TestSupport
import Testing

/// The model of `graph` as it is in the file, in a folder of its own.
func written(
  _ graph: ModelGraph, _ weights: StateDict, fold: Bool = false
) throws -> ReadModel {
  var model: ReadModel?
  try inFolder { folder in
    let file = folder.appending(path: "model.onnx")
    try ONNXWriter(graph, weights: weights, fold: fold, producerVersion: "1.2.3")
      .write(to: file.path)
    model = try ReadModel(file)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.onnx"])
  }
  return model!
}

/// Values between 0.5 and 1.5 that no two neighbouring elements share, exact in every dtype that is
/// tested: multiples of 1/64.
func values(_ count: Int, seed: Int = 0) -> [Double] {
  (0..<count).map { 0.5 + Double(($0 * 37 + seed * 11) % 65) / 64 }
}

func tensor(_ values: [Double], _ shape: [Int], _ dtype: DType = .float32) throws -> Tensor {
  let bytes = values.withUnsafeBytes { Bytes(Array($0)) }
  return try Tensor(
    storage: TensorStorage(key: "", bytes: bytes), dtype: .float64, shape: shape
  ).cast(to: dtype)
}

/// Something in every entry of the graph's state.
func weights(of graph: ModelGraph, _ dtype: DType = .float32) throws -> StateDict {
  var state = StateDict()
  for (index, entry) in graph.state.enumerated() {
    state[entry.name] =
      entry.role == .numBatchesTracked
      ? try tensor([7], [], .int64)
      : try tensor(values(entry.elementCount, seed: index), entry.shape, dtype)
  }
  return state
}

func elementBytes(_ tensor: Tensor) throws -> Data {
  try tensor.contiguousBytes().withUnsafeBytes { Data($0) }
}

/// The elements of a float32 initialiser.
func floats(_ initializer: ReadModel.Initializer) -> [Float] {
  (initializer.rawData ?? Data()).withUnsafeBytes { bytes in
    stride(from: 0, to: bytes.count, by: 4).map {
      bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
    }
  }
}

/// A float32 tensor in a mapped file, `offset` elements from its beginning.
func mappedTensor(_ file: URL, _ shape: [Int], offset: Int = 0) throws -> Tensor {
  try Tensor(
    storage: TensorStorage(key: "", bytes: MappedFile(path: file.path).bytes), dtype: .float32,
    shape: shape, strides: #require(Tensor.contiguousStrides(of: shape)), storageOffset: offset)
}
