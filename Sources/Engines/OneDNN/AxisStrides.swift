#if OneDNN
import CPthOneDNN

/// The axes of a result, with their strides in two operands and in the result.
///
/// The channels (axis 1) are put last, which makes them the innermost loop, since values are nhwc.
struct AxisStrides {
  private var axes: [(axis: Int, native: onednn_axis)] = []

  /// - Throws: ``EngineError/backend(_:)`` for more axes than the kernels have loops for.
  init(_ shape: [Int], a: [Int], b: [Int], out: [Int]) throws(EngineError) {
    guard shape.count <= Int(ONEDNN_AXES) else {
      throw .backend(
        "oneDNN's engine takes values of at most \(ONEDNN_AXES) axes, not \(shape); "
          + "use the reference engine")
    }
    let order = shape.indices.filter { $0 != 1 } + shape.indices.filter { $0 == 1 }
    axes = order.map { axis in
      let native = onednn_axis(
        length: Int64(shape[axis]), a: Int64(a[axis]), b: Int64(b[axis]), out: Int64(out[axis]))
      return (axis, native)
    }
  }

  /// The wanted axes, preceded by axes of length 1 up to `ONEDNN_AXES`.
  func native(_ isWanted: (Int) -> Bool) -> [onednn_axis] {
    let wanted = axes.filter { isWanted($0.axis) }.map(\.native)
    let one = onednn_axis(length: 1, a: 0, b: 0, out: 0)
    return [onednn_axis](repeating: one, count: Int(ONEDNN_AXES) - wanted.count) + wanted
  }
}
#endif
