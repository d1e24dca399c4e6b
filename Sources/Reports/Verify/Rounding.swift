import OrderedCollections
import PthBackbones
import PthBytes
import PthInitializers
import PthKeyMapping
import PthTensors

/// Measures how far half precision moves the outputs, if the checkpoint's weights are saved in it.
///
/// The error of the outputs depends on the network, so it is measured: the weights are moved at random by up to
/// half an ulp, and the network is run again.
struct Rounding {
  /// The coarser half-precision dtype among the loaded weights.
  let dtype: DType
  /// The dtype of each weight that is saved in half precision, by its name in the graph.
  private let dtypes: [String: DType]

  /// The half-precision dtypes, the coarser first.
  private static let halfTypes: [DType] = [.bfloat16, .float16]

  /// The relative rounding error of an output that is saved in half precision; 0 for other dtypes.
  static func unit(of dtype: DType) -> Double {
    halfTypes.contains(dtype) ? HalfUlp(dtype)?.relative ?? 0 : 0
  }

  /// Two errors drawn from the same distribution differ by less than this factor.
  static let margin = 3.0

  /// Nil if no loaded weight is in half precision.
  init?(of report: LoadReport) {
    var dtypes: [String: DType] = [:]
    for item in report.loaded {
      guard let type = Self.halfTypes.first(where: { $0.rawValue == item.convertedFrom })
      else { continue }
      dtypes[String(item.target.dropFirst(report.targetPrefix.count))] = type
    }
    guard let coarsest = Self.halfTypes.first(where: dtypes.values.contains) else { return nil }
    self.dtypes = dtypes
    dtype = coarsest
  }

  /// The weights with every half-precision element moved by up to half an ulp, with a fixed seed.
  ///
  /// - Throws: The error of reading the tensors.
  func perturbed(_ weights: StateDict) throws -> StateDict {
    var weights = weights
    var generator = Generator(seed: 0)
    for (name, tensor) in weights.tensors {
      guard let ulp = dtypes[name].flatMap(HalfUlp.init) else { continue }
      let buffer = OwnedBuffer(count: tensor.elementCount * 4)
      let noise = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.elementCount)
      defer { noise.deallocate() }
      try generator.fillUniform(noise, from: -1, to: 1)
      let values = buffer.memory.bindMemory(to: Float.self)
      let exact = UnsafeMutableBufferPointer<Double>.allocate(capacity: tensor.elementCount)
      defer { exact.deallocate() }
      try tensor.copyElements(to: exact)
      for index in exact.indices {
        let value = Float(exact[index])
        values[index] = value + noise[index] * Float(ulp.of(Double(value.magnitude)))
      }
      weights[name] = try Tensor(
        storage: TensorStorage(key: name, bytes: Bytes(buffer)), dtype: .float32,
        shape: tensor.shape)
    }
    return weights
  }
}
