#if OneDNN
import PthBackbones
import CPthOneDNN

/// One call of oneDNN or of a kernel, on buffers of the plan.
enum PlanStep: Sendable {
  /// The input tensor, from nchw.
  case input(to: BufferView)
  /// A returned value, to nchw: the graph's output of that index.
  case output(from: BufferView, index: Int)
  /// Dense buffers; `scratch` is working memory.
  case convolve(
    CompiledConvolution, weights: PackedWeights, from: Int, to: Int, scratch: Int)
  /// a + b, or a alone, which also goes to `copy`.
  case add(
    BufferView, BufferView?, copy: BufferView? = nil, to: BufferView, rectifies: Bool = false)
  /// x · scale + shift for each channel.
  case scale(BufferView, scale: [Float], shift: [Float], to: BufferView, rectifies: Bool)
  case groupNorm(BufferView, GroupNormStep, to: BufferView, rectifies: Bool)
  case sigmoid(BufferView, to: BufferView)
  case maxPool(BufferView, onednn_window, to: BufferView)
  case avgPool(BufferView, onednn_window, countsPadding: Bool, to: BufferView)
  /// Means over all pixels, to a dense buffer.
  case mean(BufferView, to: Int)
  /// The sampling of a deformable convolution, to a dense buffer.
  case sample(
    BufferView, offsets: BufferView, mask: BufferView?, DeformConv2d, onednn_window, to: Int)

  struct GroupNormStep: Sendable {
    let layer: GroupNorm
    let weight: [Float]
    let bias: [Float]
    /// Working memory for one scale and one shift for each image and channel.
    let coefficients: Int
  }

  /// The buffers it reads or writes.
  var buffers: [Int] {
    switch self {
    case .input(let view), .output(let view, _): [view.buffer]
    case .convolve(_, _, let source, let destination, let scratch):
      [source, destination, scratch]
    case .add(let a, let b, let copy, let out, _):
      [a, b, copy, out].compactMap { $0?.buffer }
    case .scale(let x, _, _, let out, _), .sigmoid(let x, let out), .maxPool(let x, _, let out),
      .avgPool(let x, _, _, let out):
      [x.buffer, out.buffer]
    case .groupNorm(let x, let step, let out, _): [x.buffer, step.coefficients, out.buffer]
    case .mean(let x, let out): [x.buffer, out]
    case .sample(let x, let offsets, let mask, _, _, let out):
      [x, offsets, mask].compactMap { $0?.buffer } + [out]
    }
  }
}
#endif
