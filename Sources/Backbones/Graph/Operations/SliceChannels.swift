/// Channels `start ..< start + count`: `torch.narrow(x, 1, start, count)`.
///
/// Input: x.
package struct SliceChannels: GraphOperation {
  package let start: Int
  package let count: Int

  package init(start: Int, count: Int) {
    self.start = start
    self.count = count
  }

  package var label: String { "narrow" }
  package var nodeSuffix: String { "split" }
  package var channelFlow: ChannelFlow { .slice(start: start) }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    guard inputs.count == 1, let channels = inputs[0].channels, start >= 0, count > 0,
      count <= channels, start <= channels - count
    else {
      throw ShapeFault(
        reason: "cannot take \(count) channels from \(start) on of \(Self.channels(of: inputs))")
    }
    return inputs[0].withChannels(count)
  }
}

extension ModuleBuilder {
  /// Channels `start ..< start + count`.
  public func slice(_ x: Value, start: Int, count: Int) -> Value {
    record(SliceChannels(start: start, count: count), [x])
  }
}
