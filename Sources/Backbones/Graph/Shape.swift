/// The shape of a value: the length of each axis, nil if it depends on the graph's input.
package struct Shape: Sendable, Hashable, CustomStringConvertible {
  package var lengths: [Int?]

  package init(_ lengths: [Int?]) { self.lengths = lengths }

  /// `[batch, channels, height, width]` of an image, with only the channels known.
  package static func input(channels: Int) -> Shape { Shape([nil, channels, nil, nil]) }

  package var rank: Int { lengths.count }

  /// Length of axis 1: the channels of `[batch, channels, height, width]`, the features of
  /// `[batch, features]`.
  package var channels: Int? { rank > 1 ? lengths[1] : nil }

  /// Height and width of `[batch, channels, height, width]`; nil if they are not known, or if the
  /// shape has another rank.
  var size: Size2D? {
    guard rank == 4, let height = lengths[2], let width = lengths[3] else { return nil }
    return Size2D(height, width)
  }

  /// The shape with another length of axis 1.
  func withChannels(_ channels: Int) -> Shape {
    var result = self
    result.lengths[1] = channels
    return result
  }

  /// `[?, 64, ?, ?]`.
  package var description: String {
    "[" + lengths.map { $0.map { "\($0)" } ?? "?" }.joined(separator: ", ") + "]"
  }
}

/// Why an operation does not accept its inputs.
package struct ShapeFault: Error, Hashable {
  package let reason: String

  package init(reason: String) { self.reason = reason }
}

// MARK: Parts of several operations' shape rules

extension GraphOperation {
  /// The only input's shape.
  func onlyInput(_ inputs: [Shape]) throws(ShapeFault) -> Shape {
    guard inputs.count == 1 else { throw ShapeFault(reason: "\(label) takes one input") }
    return inputs[0]
  }

  /// Checks that the inputs have these channels, one number for each.
  func expect(_ channels: [Int], of inputs: [Shape]) throws(ShapeFault) {
    guard inputs.map(\.channels) == channels else {
      throw ShapeFault(
        reason: "\(label) needs \(channels) channels and gets \(Self.channels(of: inputs))")
    }
  }

  /// The inputs' channels for a sentence: `[3, 8]`.
  static func channels(of inputs: [Shape]) -> Shape { Shape(inputs.map(\.channels)) }

  /// The output shape of windows that slide over `input` (convolution, pooling).
  func slid(
    over input: Shape, channels: Int?, _ outputSize: (Size2D) -> Size2D?
  ) throws(ShapeFault) -> Shape {
    guard input.rank == 4 else { throw ShapeFault(reason: "\(label) needs a height and a width") }
    guard let size = input.size else { return Shape([input.lengths[0], channels, nil, nil]) }
    guard let output = outputSize(size) else {
      throw ShapeFault(
        reason: "the window of \(label) is larger than its padded input of \(size)")
    }
    return Shape([input.lengths[0], channels, output.height, output.width])
  }
}

// MARK: All shapes of a graph

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
    var shapes = [Shape(input)]
    shapes.reserveCapacity(nodes.count + 1)
    for node in nodes {
      do {
        shapes.append(try node.operation.outputShape(of: node.inputs.map { shapes[$0.id] }))
      } catch {
        throw .invalidInput(shape: input, reason: "at \(node.name), \(error.reason)")
      }
    }
    // No length is nil, since all lengths of the input are known.
    return shapes.map { $0.lengths.compactMap(\.self) }
  }
}
