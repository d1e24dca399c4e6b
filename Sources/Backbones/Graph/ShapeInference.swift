/// Why an operation does not accept its inputs.
struct ShapeFault: Error {
  let reason: String
}

extension Operation {
  /// Channels (or features) of the output for inputs with `inputs` channels.
  func outputChannels(inputs: [Int]) throws(ShapeFault) -> Int {
    func expect(_ channels: Int..., as what: String) throws(ShapeFault) {
      guard inputs == channels else {
        throw ShapeFault(reason: "\(what) needs \(channels) channels and gets \(inputs)")
      }
    }
    switch self {
    case .conv2d(let conv):
      try expect(conv.inChannels, as: label)
      return conv.outChannels
    case .deformConv2d(let deform):
      let wanted =
        [deform.convolution.inChannels, deform.offsetChannels]
        + (deform.isModulated ? [deform.maskChannels] : [])
      guard inputs == wanted else {
        throw ShapeFault(reason: "\(label) needs \(wanted) channels and gets \(inputs)")
      }
      return deform.convolution.outChannels
    case .batchNorm2d(let norm):
      try expect(norm.channels, as: label)
      return norm.channels
    case .groupNorm(let norm):
      try expect(norm.channels, as: label)
      return norm.channels
    case .linear(let linear):
      try expect(linear.inFeatures, as: label)
      return linear.outFeatures
    case .relu, .sigmoid, .maxPool2d, .avgPool2d, .globalAvgPool:
      guard inputs.count == 1 else { throw ShapeFault(reason: "\(label) takes one input") }
      return inputs[0]
    case .add:
      guard inputs.count == 2, inputs[0] == inputs[1] else {
        throw ShapeFault(reason: "cannot add \(inputs) channels")
      }
      return inputs[0]
    case .sliceChannels(let start, let count):
      guard inputs.count == 1, start >= 0, count > 0, count <= inputs[0], start <= inputs[0] - count
      else {
        throw ShapeFault(reason: "cannot take \(count) channels from \(start) on of \(inputs)")
      }
      return count
    case .concatChannels:
      guard !inputs.isEmpty else { throw ShapeFault(reason: "nothing to concatenate") }
      return inputs.reduce(0, +)
    }
  }

  /// Height and width of the output; nil for the operations that leave none.
  func outputSize(inputs: [Size2D?]) throws(ShapeFault) -> Size2D? {
    func slid(_ size: (Size2D) -> Size2D?) throws(ShapeFault) -> Size2D {
      guard let input = inputs.first ?? nil else {
        throw ShapeFault(reason: "\(label) needs a height and a width")
      }
      guard let output = size(input) else {
        throw ShapeFault(
          reason: "the window of \(label) is larger than its padded input of \(input)")
      }
      return output
    }
    switch self {
    case .conv2d(let conv): return try slid(conv.outputSize)
    case .deformConv2d(let deform):
      let size = try slid(deform.convolution.outputSize)
      guard inputs.dropFirst().allSatisfy({ $0 == size }) else {
        throw ShapeFault(reason: "the offsets must have the height and width of the output")
      }
      return size
    case .maxPool2d(let pool): return try slid(pool.outputSize)
    case .avgPool2d(let pool): return try slid(pool.outputSize)
    case .batchNorm2d, .groupNorm, .relu, .sigmoid, .sliceChannels: return inputs.first ?? nil
    case .add, .concatChannels:
      guard let first = inputs.first, inputs.allSatisfy({ $0 == first }) else {
        throw ShapeFault(reason: "\(label) needs inputs of one height and width")
      }
      return first
    case .globalAvgPool, .linear: return nil
    }
  }
}

extension ModelGraph {
  /// The shape of every value for a given input: element 0 is the input's, element `i + 1` that of
  /// node `i`.
  ///
  /// - Parameter input: `[batch, channels, height, width]`.
  /// - Throws: ``BackboneError/invalidInput(shape:reason:)`` if the input has another rank or other
  ///   channels, is empty, or is too small for a window on the way.
  /// - Complexity: O(nodes).
  package func shapes(input: [Int]) throws(BackboneError) -> [[Int]] {
    guard input.count == 4, input.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }) else {
      throw .invalidInput(
        shape: input, reason: "it must be [batch, channels, height, width], all positive")
    }
    guard input[1] == inputChannels else {
      throw .invalidInput(shape: input, reason: "\(backbone) takes \(inputChannels) channels")
    }
    var sizes: [Size2D?] = [Size2D(input[2], input[3])]
    var shapes = [input]
    sizes.reserveCapacity(nodes.count + 1)
    shapes.reserveCapacity(nodes.count + 1)
    for node in nodes {
      let size: Size2D?
      do {
        size = try node.operation.outputSize(inputs: node.inputs.map { sizes[$0.id] })
      } catch {
        throw .invalidInput(shape: input, reason: "at \(node.name), \(error.reason)")
      }
      sizes.append(size)
      shapes.append([input[0], node.channels] + (size.map { [$0.height, $0.width] } ?? []))
    }
    return shapes
  }
}
