import PthBackbones
import PthTensors

/// The rank of the input's patches under the first convolution: how many directions of its weights they show.
///
/// A kernel's weights are multiplied by the patch of pixels under the kernel. If the patches do not span all
/// directions (a grey image has equal planes, a blank image has a single colour), weights may differ in the
/// other directions without a change of any output.
struct InputPatches {
  let layer: String
  /// The number of weights of one output channel.
  let dimension: Int
  /// The number of linearly independent patches, at most ``dimension``.
  let rank: Int

  /// The least square of a direction, relative to the mean over all directions: less does not show in float32.
  private static let tellingShare = 1e-9
  /// The number of patches sampled at even distances: at least four for each direction of the largest Gram matrix.
  private static let usualCount = 4096
  /// The largest Gram matrix that is computed. For a larger kernel the channels of single pixels are compared instead.
  private static let maximumDimension = 1024

  /// Nil if no convolution with `groups` 1 reads the input, or if the input has more than 1024 channels.
  ///
  /// - Parameter input: `[batch, channels, height, width]`.
  /// - Throws: `BackboneError` if the network does not take the input; the error of reading the input.
  init?(_ graph: ModelGraph, input: Tensor) throws {
    guard
      let node = graph.nodes.first(where: {
        $0.operation.slidKernel != nil && $0.inputs.first == .input
      }), let conv = node.operation.slidKernel, conv.groups == 1, input.shape.count == 4
    else { return nil }
    layer = node.name
    let (channels, height, width) = (input.shape[1], input.shape[2], input.shape[3])
    let output = try graph.shapes(input: input.shape)[node.output.id]
    let (rows, columns) = (output[2], output[3])
    let before =
      (node.operation as? SameConv2d)?.paddingBefore(Size2D(height, width)) ?? conv.padding
    let area = conv.kernel.height * conv.kernel.width
    let kernel = channels * area <= Self.maximumDimension ? conv.kernel : 1
    dimension = channels * kernel.height * kernel.width
    let total = input.shape[0] * rows * columns
    guard dimension <= Self.maximumDimension, total > 0 else { return nil }
    let values = try input.doubles()
    var gram = [Double](repeating: 0, count: dimension * dimension)
    var patch = [Double](repeating: 0, count: dimension)
    var step = max(1, total / Self.usualCount)
    // A step that shares a divisor with the number of columns would sample only some columns.
    while Self.greatestCommonDivisor(step, columns) > 1 { step += 1 }
    for position in stride(from: 0, to: total, by: step) {
      let (image, row, column) = (
        position / (rows * columns), position / columns % rows, position % columns
      )
      var index = 0
      for channel in 0..<channels {
        let plane = (image * channels + channel) * height
        for y in 0..<kernel.height {
          let line = row * conv.stride.height - before.height + y * conv.dilation.height
          for x in 0..<kernel.width {
            let pixel = column * conv.stride.width - before.width + x * conv.dilation.width
            let isInside = (0..<height).contains(line) && (0..<width).contains(pixel)
            patch[index] = isInside ? values[(plane + line) * width + pixel] : 0
            index += 1
          }
        }
      }
      for i in 0..<dimension where patch[i] != 0 {
        for j in 0...i { gram[i * dimension + j] += patch[i] * patch[j] }
      }
    }
    rank = Self.rank(&gram, dimension)
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }

  /// The rank of a positive semidefinite matrix, by a Cholesky decomposition with pivoting. Only the lower
  /// triangle is read.
  private static func rank(_ matrix: inout [Double], _ size: Int) -> Int {
    let trace = (0..<size).reduce(0) { $0 + matrix[$1 * size + $1] }
    guard trace > 0, trace.isFinite else { return 0 }
    let limit = trace / Double(size) * tellingShare
    func at(_ i: Int, _ j: Int) -> Int { max(i, j) * size + min(i, j) }
    var left = Array(0..<size)
    var rank = 0
    while let pivot = left.max(by: { matrix[at($0, $0)] < matrix[at($1, $1)] }),
      matrix[at(pivot, pivot)] > limit
    {
      rank += 1
      left.removeAll { $0 == pivot }
      let scale = matrix[at(pivot, pivot)]
      for (position, i) in left.enumerated() {
        let factor = matrix[at(i, pivot)] / scale
        guard factor != 0 else { continue }
        for j in left[...position] { matrix[at(i, j)] -= factor * matrix[at(j, pivot)] }
      }
    }
    return rank
  }
}

extension GraphOperation {
  /// The convolution of a plain, a "same"-padded or a deformable convolution; nil for any other operation.
  package var slidKernel: Conv2d? {
    switch self {
    case let conv as Conv2d: conv
    case let same as SameConv2d: same.convolution
    case let deformable as DeformConv2d: deformable.convolution
    default: nil
    }
  }
}
