import PthBackbones
import PthTensors

extension ModelGraph {
  /// The shape of every value for an input of `shape`, with the checks that both engines make.
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

  /// The smallest height and width that make sense: the network's stride (usually 32), or the size
  /// that the first window without enough padding demands, if that is larger.
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
    // Windows grow with the side: the smallest that fits lies at most a few doublings away.
    var side = max(coarsest.height, coarsest.width)
    if fits(coarsest) { return coarsest }
    while !fits(Size2D(side)), side < 1 << 24 { side *= 2 }
    // A norm over height and width takes one size alone.
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
  /// The product, or a bound beyond every image if that is less.
  fileprivate func multiplied(by other: Int) -> Int { Swift.min(self * other, 1 << 24) }
}
