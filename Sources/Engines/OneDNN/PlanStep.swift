#if OneDNN
import CPthOneDNN
import PthBackbones
import PthBytes

/// One call of oneDNN or of a kernel, on buffers of the plan.
protocol PlanStep: Sendable {
  /// The buffers it reads or writes.
  var buffers: [Int] { get }

  func run(_ run: PlanRun) throws(EngineError)
}

/// The state that the steps of a run share.
struct PlanRun {
  let plan: Plan
  let arena: OwnedBuffer
  /// The elements of the input, float32, nchw.
  let input: UnsafePointer<Float>
  /// Room for the graph's outputs, in its order.
  let outputs: [OwnedBuffer]
  /// The call that the step makes, if it is a convolution.
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

  /// The distance, in elements, between neighbours along each axis of a value of `shape`.
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

/// The input tensor, from nchw.
struct InputStep: PlanStep {
  let out: BufferView

  var buffers: [Int] { [out.buffer] }

  func run(_ run: PlanRun) { onednn_from_nchw(run.input, run.native(out), run.extent(out)) }
}

/// A returned value, to nchw: the graph's output of that index.
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
