#if OneDNN
import CPthOneDNN
import PthBackbones
import PthBytes

/// All parameters from which oneDNN compiles a convolution.
struct ConvolutionSpecification: Hashable {
  var images: Int
  var convolution: Conv2d
  var inputSize: Size2D
  var outputSize: Size2D
  /// Whether the result is added to the destination's values.
  var adds = false
  /// The upper limit of a fused ReLU (``FusedNode/ceiling``).
  var ceiling: Float?
  var isWinograd = false

  var native: onednn_convolution_spec {
    func pair(_ size: Size2D) -> (Int64, Int64) { (Int64(size.height), Int64(size.width)) }
    return onednn_convolution_spec(
      images: Int64(images), groups: Int64(convolution.groups),
      in_channels: Int64(convolution.inChannels), out_channels: Int64(convolution.outChannels),
      in_size: pair(inputSize), out_size: pair(outputSize), kernel: pair(convolution.kernel),
      stride: pair(convolution.stride), padding: pair(convolution.padding),
      dilation: pair(convolution.dilation), adds: adds, ceiling: ceiling ?? 0,
      is_winograd: isWinograd)
  }
}

/// A convolution that oneDNN has compiled.
final class CompiledConvolution: Sendable {
  // Never changed after its creation.
  nonisolated(unsafe) let handle: OpaquePointer
  let outChannels: Int

  /// Compiles a convolution; nil if oneDNN has no implementation.
  init?(_ specification: ConvolutionSpecification) {
    var native = specification.native
    guard let handle = onednn_convolution_create(&native) else { return nil }
    self.handle = handle
    outChannels = specification.convolution.outChannels
  }

  deinit { onednn_convolution_destroy(handle) }

  var scratchByteCount: Int { onednn_convolution_scratch_bytes(handle) }

  /// oneDNN's name of the kernel (`brgconv:avx512_core`).
  var kernel: String { String(cString: onednn_convolution_kernel(handle)) }
}

/// A compiled convolution bound to its weights and to addresses of input, output and scratch memory.
final class ConvolutionCall: Sendable {
  // Used only under the engine's lock.
  nonisolated(unsafe) private let handle: OpaquePointer
  // These must outlive the handle.
  private let convolution: CompiledConvolution
  private let weights: PackedWeights

  /// - Throws: ``EngineError/backend(_:)`` when memory runs out.
  init(
    _ convolution: CompiledConvolution, weights: PackedWeights, source: UnsafeMutableRawPointer,
    destination: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) throws(EngineError) {
    guard
      let handle = onednn_call_create(
        convolution.handle, weights.weights.memory.baseAddress,
        weights.bias.memory.assumingMemoryBound(to: Float.self).baseAddress,
        source.assumingMemoryBound(to: Float.self),
        destination.assumingMemoryBound(to: Float.self), scratch)
    else { throw .backend("oneDNN cannot prepare a convolution") }
    self.handle = handle
    self.convolution = convolution
    self.weights = weights
  }

  deinit { onednn_call_destroy(handle) }

  func run() throws(EngineError) {
    guard onednn_call_run(handle) else { throw .backend("oneDNN cannot run a convolution") }
  }
}
#endif
