import OrderedCollections
import PthBackbones
import PthBytes
import PthInitializers
import PthKeyMapping
import PthTensors

/// What half precision leaves of the original's outputs, if the checkpoint's weights are saved in it.
///
/// How far rounding moves the outputs depends on the network, so it is measured: the weights are
/// rounded once more, at random, and the network is run again.
struct Rounding {
  /// The coarsest type that weights are saved in.
  let dtype: DType
  /// The type of each tensor that is saved in half precision.
  private let dtypes: [String: DType]

  /// Half an ulp relative to a power of two, and of the smallest numbers; coarsest first.
  private static let halfUlps: [(dtype: DType, relative: Float, smallest: Float)] = [
    (.bfloat16, 0x1p-8, 0x1p-134), (.float16, 0x1p-11, 0x1p-25),
  ]

  /// The relative error that an output saved in half precision has by itself; 0 in other types.
  static func unit(of dtype: DType) -> Double {
    halfUlps.first { $0.dtype == dtype }.map { Double($0.relative) } ?? 0
  }

  /// Errors that are drawn from the same distribution stay within this many times each other.
  static let margin = 3.0

  /// Nil if the file has no weights in half precision.
  init?(of report: LoadReport) {
    var dtypes: [String: DType] = [:]
    for item in report.loaded {
      guard let type = Self.halfUlps.first(where: { $0.dtype.rawValue == item.convertedFrom })
      else { continue }
      dtypes[String(item.target.dropFirst(report.targetPrefix.count))] = type.dtype
    }
    let types = Set(dtypes.values)
    guard let coarsest = Self.halfUlps.first(where: { types.contains($0.dtype) }) else {
      return nil
    }
    self.dtypes = dtypes
    dtype = coarsest.dtype
  }

  /// The weights with every element that was rounded moved by up to half an ulp, always the same.
  ///
  /// - Throws: what reading the tensors throws.
  func perturbed(_ weights: StateDict) throws -> StateDict {
    var weights = weights
    var generator = Generator(seed: 0)
    for (name, tensor) in weights.tensors {
      guard let dtype = dtypes[name],
        let ulp = Self.halfUlps.first(where: { $0.dtype == dtype })
      else { continue }
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
        let step =
          value == 0 ? ulp.smallest : max(value.magnitude.binade * ulp.relative, ulp.smallest)
        values[index] = value + noise[index] * step
      }
      weights[name] = try Tensor(
        storage: TensorStorage(key: name, bytes: Bytes(buffer)), dtype: .float32,
        shape: tensor.shape)
    }
    return weights
  }
}
