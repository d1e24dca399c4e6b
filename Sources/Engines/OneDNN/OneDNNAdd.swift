#if OneDNN
import CPthOneDNN
import PthBackbones

extension Add: OneDNNOperation {
  var absorbs: Absorption { .relu }

  func emit(
    _ node: FusedNode, at index: Int, in builder: inout PlanBuilder
  ) -> BufferView {
    var (a, b) = (builder.views[node.first.inputs[0]]!, builder.views[node.first.inputs[1]]!)
    let out = builder.resultBuffer(
      of: node.output, isBlocked: builder.isWantedBlocked(node.output))
    // If the last step only copied an operand into a concatenation, one step copies and adds, reading it once.
    if let last = builder.steps.last as? AddStep, last.isPlainCopy, !last.out.overlaps(a),
      !last.out.overlaps(b), last.a == a || last.a == b
    {
      if last.a == b { (a, b) = (b, a) }
      builder.steps.removeLast()
      builder.steps.append(AddStep(a, b, copy: last.out, to: out, ceiling: node.ceiling))
    } else {
      builder.steps.append(AddStep(a, b, to: out, ceiling: node.ceiling))
    }
    return out
  }
}

/// Writes a + b (or a) to `out`, optionally through a ReLU, and optionally a to `copy`.
struct AddStep: PlanStep {
  let a: BufferView
  let b: BufferView?
  let copy: BufferView?
  let out: BufferView
  let ceiling: Float?

  init(
    _ a: BufferView, _ b: BufferView?, copy: BufferView? = nil, to out: BufferView,
    ceiling: Float? = nil
  ) {
    self.a = a
    self.b = b
    self.copy = copy
    self.out = out
    self.ceiling = ceiling
  }

  /// Whether the step only copies a value.
  var isPlainCopy: Bool { b == nil && copy == nil && ceiling == nil }

  var buffers: [Int] { [a, b, copy, out].compactMap { $0?.buffer } }

  func run(_ run: PlanRun) {
    onednn_add(
      run.native(a), run.native(b), run.native(copy), run.native(out), run.extent(a), ceiling ?? 0)
  }
}
#endif
