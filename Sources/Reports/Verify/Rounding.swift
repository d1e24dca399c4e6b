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
  /// The type that the weights are saved in.
  let dtype: DType
  private let names: Set<String>

  /// Half an ulp relative to a power of two: 2⁻¹¹ and 2⁻⁸.
  private static let halfUlps: [DType: Float] = [.float16: 0x1p-11, .bfloat16: 0x1p-8]

  /// The relative error that an output saved in half precision has by itself; 0 in other types.
  static func unit(of dtype: DType) -> Double { Double(halfUlps[dtype] ?? 0) }

  /// Errors that are drawn from the same distribution stay within this many times each other.
  static let margin = 3.0

  /// Nil if the file has no weights in half precision.
  init?(of report: LoadReport) {
    let types = Self.halfUlps.keys.map(\.rawValue)
    let rounded = report.loaded.filter { $0.convertedFrom.map(types.contains) ?? false }
    // The coarser of both, if there are both.
    let dtypes: [DType] = [.bfloat16, .float16]
    guard
      let dtype = dtypes.first(where: { dtype in
        rounded.contains { $0.convertedFrom == dtype.rawValue }
      })
    else { return nil }
    self.dtype = dtype
    names = Set(
      rounded.filter { $0.convertedFrom == dtype.rawValue }
        .map { String($0.target.dropFirst(report.targetPrefix.count)) })
  }

  /// The weights with every element that was rounded moved by up to half an ulp, always the same.
  ///
  /// - Throws: what reading the tensors throws.
  func perturbed(_ weights: StateDict) throws -> StateDict {
    var weights = weights
    var generator = Generator(seed: 0)
    let unit = Self.halfUlps[dtype] ?? 0
    for (name, tensor) in weights.tensors where names.contains(name) {
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
        values[index] = value + (value == 0 ? 0 : noise[index] * unit * value.binade.magnitude)
      }
      weights[name] = try Tensor(
        storage: TensorStorage(key: name, bytes: Bytes(buffer)), dtype: .float32,
        shape: tensor.shape)
    }
    return weights
  }
}
