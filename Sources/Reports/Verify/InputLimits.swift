import PthBackbones

/// Properties of a network that an input of this size cannot show, whatever values the input has.
struct InputLimits {
  private let graph: ModelGraph
  /// The shape of each value of the graph, by its id.
  private let shapes: [[Int]]

  /// - Throws: `BackboneError` if the network does not take an input of this shape.
  init(_ graph: ModelGraph, input: [Int]) throws {
    self.graph = graph
    shapes = try graph.shapes(input: input)
  }

  var sentences: [String] { [surroundings, rounding].compactMap(\.self) }

  /// A sentence about convolutions whose dilation is at least the feature map's size: all taps but the middle one
  /// see only padding, so the output does not depend on the dilation.
  private var surroundings: String? {
    let hidden = graph.nodes.filter { node in
      guard let conv = node.operation as? Conv2d, conv.kernel != 1,
        let size = size(of: node.inputs[0])
      else { return false }
      return conv.dilation.height >= size.height && conv.dilation.width >= size.width
    }
    guard let first = hidden.first else { return nil }
    let stages = Set(hidden.map(\.stage)).sorted().map(\.description).joined(separator: ", ")
    return "the input is so small that convolutions of \(stages) (\(first.name) and others) see "
      + "nothing around a pixel, so their dilation is not shown; give a larger one"
  }

  /// A sentence about a pooling whose last window ends exactly at the edge, so that `ceil_mode` makes no difference.
  private var rounding: String? {
    let poolings = graph.nodes.filter { node in
      guard let pool = node.operation as? MaxPool2d, let size = size(of: node.inputs[0]) else {
        return false
      }
      func isExact(_ length: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Bool {
        stride > 1 && (length + 2 * padding - kernel) % stride == 0
      }
      return isExact(size.height, pool.kernel.height, pool.stride.height, pool.padding.height)
        && isExact(size.width, pool.kernel.width, pool.stride.width, pool.padding.width)
    }
    guard let first = poolings.first else { return nil }
    return "at this size \(first.name) gives the same with ceil_mode and without, so which of them "
      + "the original has is not shown; 224×224 shows it"
  }

  private func size(of value: Value) -> Size2D? {
    let shape = shapes[value.id]
    return shape.count == 4 ? Size2D(shape[2], shape[3]) : nil
  }
}
