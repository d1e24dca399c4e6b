#if OneDNN
import CPthOneDNN
import PthBackbones

extension Multiply: OneDNNOperation {
  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    let (x, y) = (node.first.inputs[0], node.first.inputs[1])
    let (a, b) = (builder.plain(x), builder.plain(y))
    let out = builder.resultBuffer(of: node.output)
    builder.steps.append(
      MultiplyStep(
        a: a, aShape: builder.shapes[x.id], b: b, bShape: builder.shapes[y.id], out: out,
        shape: builder.shapes[node.output.id]))
    return out
  }
}

private struct MultiplyStep: PlanStep {
  let a: BufferView
  let aShape: [Int]
  let b: BufferView
  let bShape: [Int]
  let out: BufferView
  let shape: [Int]

  var buffers: [Int] { [a.buffer, b.buffer, out.buffer] }

  func run(_ run: PlanRun) throws(EngineError) {
    let axes = try AxisStrides(
      shape, a: run.strides(a, shape: aShape).broadcast(aShape, to: shape),
      b: run.strides(b, shape: bShape).broadcast(bShape, to: shape),
      out: run.strides(out, shape: shape))
    onednn_multiply(
      run.native(a).data, run.native(b).data, run.native(out).data, axes.native { _ in true })
  }
}

extension [Int] {
  /// The strides for broadcasting to shape `to`: 0 along repeated axes.
  fileprivate func broadcast(_ own: [Int], to shape: [Int]) -> [Int] {
    let missing = [Int](repeating: 0, count: shape.count - own.count)
    return missing + zip(own, self).map { $0 == 1 ? 0 : $1 }
  }
}
#endif
