#if OneDNN
import CPthOneDNN
import PthBackbones

extension LayerNorm: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) throws -> BufferView {
    let x = builder.plain(node.first.inputs[0])
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(
      LayerNormStep(
        x: x, layer: self, shape: builder.shapes[node.output.id],
        weight: try builder.floats(.normWeight, of: node.first),
        bias: try builder.floats(.normBias, of: node.first), out: out))
    return out
  }
}

private struct LayerNormStep: PlanStep {
  let x: BufferView
  let layer: LayerNorm
  let shape: [Int]
  let weight: [Float]
  let bias: [Float]
  let out: BufferView

  var buffers: [Int] { [x.buffer, out.buffer] }

  func run(_ run: PlanRun) throws(EngineError) {
    let first = layer.axes == .channels ? 1 : shape.count - layer.shape.count
    let normalised = first..<first + layer.shape.count
    // Strides of weight and bias, whose shape is that of the normalised axes, in C order.
    var parameters = [Int](repeating: 0, count: shape.count)
    var step = 1
    for axis in normalised.reversed() {
      parameters[axis] = step
      step *= shape[axis]
    }
    let axes = try AxisStrides(
      shape, a: run.strides(x, shape: shape), b: parameters, out: run.strides(out, shape: shape))
    onednn_layer_norm(
      run.native(x).data, run.native(out).data, weight, bias, layer.eps,
      axes.native { !normalised.contains($0) }, axes.native { normalised.contains($0) })
  }
}
#endif
