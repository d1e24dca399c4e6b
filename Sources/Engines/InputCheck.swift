import PthBackbones
import PthTensors

extension ModelGraph {
  /// The shape of every value for an input of `shape`, after the checks that all engines share.
  ///
  /// - Throws: ``EngineError/input(_:)`` if it is not `[batch, channels, height, width]` with the
  ///   graph's channels, is empty, or is smaller than ``minimumInputSize``.
  func checkedShapes(input shape: [Int]) throws(EngineError) -> [[Int]] {
    let given = "the input has the shape \(shape)"
    guard shape.count == 4 else {
      throw .input("\(given); \(backbone) takes [batch, \(inputChannels), height, width]")
    }
    guard shape.allSatisfy({ $0 > 0 }) else {
      throw .input("\(given), which holds no pixels; give it at least one image")
    }
    guard shape[1] == inputChannels else {
      throw .input(
        "\(given), so \(shape[1]) channels; \(backbone) takes \(inputChannels)")
    }
    let minimum = minimumInputSize
    guard shape[2] >= minimum.height, shape[3] >= minimum.width else {
      throw .input(
        "\(given); \(backbone) needs a height and width of at least "
          + "\(minimum.height) and \(minimum.width)")
    }
    do {
      return try shapes(input: shape)
    } catch {
      throw .input("\(error)")
    }
  }

  /// - Throws: ``EngineError/input(_:)`` as ``checkedShapes(input:)``, or if the elements are not
  ///   floating-point numbers.
  func checkedShapes(input: Tensor) throws(EngineError) -> [[Int]] {
    guard input.dtype.isFloatingPoint else {
      throw .input(
        "the input's elements are \(input.dtype.rawValue); convert them to float32 and normalise "
          + "them as in training")
    }
    return try checkedShapes(input: input.shape)
  }

  /// The smallest useful height and width: the network's stride (usually 32), or the smallest size at which every
  /// window fits, if that is larger.
  package var minimumInputSize: Size2D {
    var strides = [Size2D(1)]
    var coarsest = Size2D(1)
    for node in nodes {
      let input = strides[node.inputs.first?.id ?? 0]
      let step = node.operation.stride
      let stride = Size2D(
        input.height.multiplied(by: step.height), input.width.multiplied(by: step.width))
      strides.append(stride)
      coarsest = Size2D(
        max(coarsest.height, stride.height), max(coarsest.width, stride.width))
    }
    // The side is doubled until all windows fit, then bisected.
    var side = max(coarsest.height, coarsest.width)
    if fits(coarsest) { return coarsest }
    while !fits(Size2D(side)), side < 1 << 24 { side *= 2 }
    // With a layer norm over height and width only one size fits, which the doubling may miss.
    guard fits(Size2D(side)) else { return coarsest }
    var tooSmall = side / 2
    while side - tooSmall > 1 {
      let middle = (side + tooSmall) / 2
      if fits(Size2D(middle)) { side = middle } else { tooSmall = middle }
    }
    return Size2D(side)
  }

  private func fits(_ size: Size2D) -> Bool {
    (try? shapes(input: [1, inputChannels, size.height, size.width])) != nil
  }
}

extension Int {
  /// The product, limited to 2²⁴, which is larger than any image.
  fileprivate func multiplied(by other: Int) -> Int { Swift.min(self * other, 1 << 24) }
}
