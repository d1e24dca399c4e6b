/// The channels of all inputs one after another: `torch.cat(inputs, 1)`.
///
/// Inputs: one or more, with equal shapes except for the channels.
package struct ConcatChannels: GraphOperation {
  package init() {}

  package var label: String { "cat" }
  package var nodeSuffix: String { "cat" }
  package var channelFlow: ChannelFlow { .concatenated }
  package var wording: String { "the concatenation" }

  package func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape {
    let channels = inputs.compactMap(\.channels)
    guard let first = inputs.first else { throw ShapeFault(reason: "nothing to concatenate") }
    guard channels.count == inputs.count,
      inputs.allSatisfy({ $0.withChannels(0) == first.withChannels(0) })
    else { throw ShapeFault(reason: "\(label) needs inputs of one height and width") }
    return first.withChannels(channels.reduce(0, +))
  }
}

extension ModuleBuilder {
  /// `torch.cat` along the channels.
  public func concat(_ values: [Value]) -> Value { record(ConcatChannels(), values) }
}
