import PthBackbones
import PthTensors

/// In how many directions an input tells the first convolution's weights apart.
///
/// A kernel's weights are multiplied by the pixels under it. If these patches do not span all
/// directions (the planes of a grey image are equal, an empty image has one pixel), weights may differ
/// without any output showing it.
struct InputPatches {
  let layer: String
  /// Weights of one output channel.
  let dimension: Int
  /// Independent patches; no more than `dimension`.
  let rank: Int

  /// A direction in which the patches have less of their mean square than this share is none: that is
  /// beyond what float32 shows.
  private static let tellingShare = 1e-9
  /// So many patches, evenly taken, are looked at.
  private static let maximumCount = 4096

  /// Nil if no convolution reads the input, or the input has fewer patches than a kernel has weights.
  ///
  /// - Throws: what reading the input throws.
  init?(_ graph: ModelGraph, input: Tensor) throws {
    guard
      let node = graph.nodes.first(where: {
        $0.operation is Conv2d && $0.inputs.first == .input
      }), let conv = node.operation as? Conv2d, conv.groups == 1, input.shape.count == 4
    else { return nil }
    layer = node.name
    let (channels, height, width) = (input.shape[1], input.shape[2], input.shape[3])
    func count(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
      (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    }
    let rows = count(
      height, conv.kernel.height, conv.stride.height, conv.padding.height, conv.dilation.height)
    let columns = count(
      width, conv.kernel.width, conv.stride.width, conv.padding.width, conv.dilation.width)
    dimension = channels * conv.kernel.height * conv.kernel.width
    let total = input.shape[0] * rows * columns
    guard total >= dimension, rows > 0, columns > 0 else { return nil }
    let values = try input.doubles()
    var gram = [Double](repeating: 0, count: dimension * dimension)
    var patch = [Double](repeating: 0, count: dimension)
    let step = max(1, total / Self.maximumCount)
    for position in stride(from: 0, to: total, by: step) {
      let (image, row, column) = (
        position / (rows * columns), position / columns % rows, position % columns
      )
      var index = 0
      for channel in 0..<channels {
        let plane = (image * channels + channel) * height
        for y in 0..<conv.kernel.height {
          let line = row * conv.stride.height - conv.padding.height + y * conv.dilation.height
          for x in 0..<conv.kernel.width {
            let pixel = column * conv.stride.width - conv.padding.width + x * conv.dilation.width
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

  /// The rank of a symmetric matrix without negative eigenvalues, of which the lower half is given, by
  /// Cholesky's decomposition with pivots.
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
