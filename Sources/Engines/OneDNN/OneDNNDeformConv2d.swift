#if OneDNN
import CPthOneDNN
import PthBackbones

extension DeformConv2d: OneDNNConvolution {
  var absorbs: Absorption { [.batchNorm, .relu] }
  var weightRole: StateRole { .convWeight }
  var biasRole: StateRole { .convBias }
  var gatheredPositions: Int { convolution.kernel.height * convolution.kernel.width }

  /// A 1×1 convolution of the sampled input, in which all samples of a window are channels of one pixel.
  func equivalent(input: [Int], output: [Int]) -> (layer: Conv2d, inputSize: Size2D) {
    let layer = Conv2d(
      inChannels: convolution.inChannels * gatheredPositions,
      outChannels: convolution.outChannels, kernel: 1, groups: convolution.groups)
    return (layer, Size2D(output[2], output[3]))
  }

  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let inputs = node.first.inputs
    let x = builder.plain(inputs[0])
    let offsets = builder.plain(inputs[1])
    let mask = isModulated ? builder.plain(inputs[2]) : nil
    let shape = builder.shapes[node.output.id]
    let columns = builder.append(
      Buffer(
        images: shape[0], pixels: shape[2] * shape[3],
        channels: convolution.inChannels * gatheredPositions))
    var window = builder.window(
      node, convolution.kernel, convolution.stride, convolution.padding)
    window.dilation = (Int64(convolution.dilation.height), Int64(convolution.dilation.width))
    builder.steps.append(
      SampleStep(
        x: x, offsets: offsets, mask: mask, layer: self, window: window, out: columns))
    let out = builder.wholeBuffer(of: node.output)
    builder.append(builder.convolutions[node.output]!, from: columns, to: out.buffer)
    return out
  }
}

/// Samples the input of a deformable convolution into a dense buffer.
private struct SampleStep: PlanStep {
  let x: BufferView
  let offsets: BufferView
  let mask: BufferView?
  let layer: DeformConv2d
  let window: onednn_window
  let out: Int

  var buffers: [Int] { [x, offsets, mask].compactMap { $0?.buffer } + [out] }

  func run(_ run: PlanRun) {
    var window = window
    onednn_deform(
      run.native(x), run.native(offsets), run.native(mask), run.floats(out), &window,
      Int64(layer.convolution.groups), Int64(layer.deformGroups))
  }
}
#endif
