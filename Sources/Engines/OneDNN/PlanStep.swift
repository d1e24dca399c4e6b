#if OneDNN
import CPthOneDNN
import PthBackbones
import PthBytes

/// One call of oneDNN or of a kernel of `COneDNN`, on buffers of the plan.
protocol PlanStep: Sendable {
  /// The buffers that the step reads or writes.
  var buffers: [Int] { get }

  func run(_ run: PlanRun) throws(EngineError)
}

/// The state that the steps of a run share.
struct PlanRun {
  let plan: Plan
  let arena: OwnedBuffer
  /// The elements of the input: float32, nchw.
  let input: UnsafePointer<Float>
  /// Memory for the graph's outputs, in its order.
  let outputs: [OwnedBuffer]
  /// The call of the current step, if it is a convolution.
  var convolution: ConvolutionCall?

  func floats(_ buffer: Int) -> UnsafeMutablePointer<Float> {
    plan.address(buffer, in: arena).assumingMemoryBound(to: Float.self)
  }

  func extent(_ view: BufferView) -> onednn_extent {
    let buffer = plan.buffers[view.buffer]
    return onednn_extent(
      images: Int64(buffer.images), pixels: Int64(buffer.pixels), channels: Int64(view.channels))
  }

  func native(_ view: BufferView?) -> onednn_view {
    guard let view else { return onednn_view() }
    let buffer = plan.buffers[view.buffer]
    if buffer.isBlocked {
      return onednn_view(
        data: floats(view.buffer), pixel: 16, block: Int64(16 * buffer.pixels),
        image: Int64(buffer.pixels * buffer.blockedChannels), is_blocked: true)
    }
    return onednn_view(
      data: floats(view.buffer) + view.channel, pixel: Int64(buffer.channels), block: 16,
      image: Int64(buffer.pixels * buffer.channels), is_blocked: false)
  }

  /// The strides, in elements, of a value of shape `shape` (nchw order of axes).
  ///
  /// - Precondition: `view` is nhwc.
  func strides(_ view: BufferView, shape: [Int]) -> [Int] {
    let native = native(view)
    var step = Int(native.pixel)
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropFirst(2).reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    if !shape.isEmpty { strides[0] = Int(native.image) }
    return strides
  }
}

/// Copies the input tensor from nchw to nhwc.
struct InputStep: PlanStep {
  let out: BufferView

  var buffers: [Int] { [out.buffer] }

  func run(_ run: PlanRun) { onednn_from_nchw(run.input, run.native(out), run.extent(out)) }
}

/// Copies a value to the graph's output with this index, in nchw.
struct OutputStep: PlanStep {
  let x: BufferView
  let index: Int

  var buffers: [Int] { [x.buffer] }

  func run(_ run: PlanRun) {
    let out = run.outputs[index].memory.assumingMemoryBound(to: Float.self)
    onednn_to_nchw(run.native(x), out.baseAddress, run.extent(x))
  }
}
#endif
