import PthBackbones
import PthTensors

/// Which weights an input exercises.
///
/// The outputs do not depend on weights that read a channel of zeros, nor on weights that write a channel of which
/// nothing is left: behind a ReLU that is 0 throughout, a ReLU6 that is 6 throughout, a norm with the weight 0.
package struct Participation {
  /// The weights on which no output depends.
  package struct Quiet: Sendable, Hashable {
    /// Their share of the weights of all convolutions and linear layers.
    package let share: Double
    /// The layer with the largest share of them; ``layerShare`` is the share in this layer.
    package let layer: String
    package let layerShare: Double
  }

  /// Nodes whose output has one value in every channel of an image, in the order in which they ran.
  package private(set) var unvarying: [String] = []
  private let graph: ModelGraph
  /// The values that are compared.
  private let outputs: Set<Value>
  private var summaries: [Value: ChannelSummary] = [:]

  /// - Parameter outputs: names of the outputs that are compared.
  /// - Throws: The error of reading the input.
  package init(_ graph: ModelGraph, input: Tensor, outputs: Set<String>) throws {
    self.graph = graph
    self.outputs = Set(graph.outputs.filter { outputs.contains($0.name) }.map(\.value))
    summaries[.input] = try ChannelSummary(input)
  }

  /// Adds a node that was run.
  ///
  /// - Throws: The error of reading the output.
  package mutating func add(_ node: Node, _ output: Tensor) throws {
    guard let summary = try ChannelSummary(output) else { return }
    summaries[node.output] = summary
    if summary.isUnvarying { unvarying.append(node.name) }
  }

  /// The largest ``Quiet/layerShare`` without a remark. One photograph leaves up to 0.58 in layers of published
  /// networks.
  private static let hardlyShown = 0.75

  /// Sentences that say why agreement on this input proves less than the whole network.
  ///
  /// - Throws: The error of reading the input; `BackboneError` if the network does not take it.
  func limits(_ input: Tensor) throws -> [String] {
    var limits: [String] = []
    if let first = unvarying.first {
      limits.append(
        "\(first) gives the same everywhere in the image, so what comes before it has no part in the "
          + "outputs")
    }
    if let quiet, quiet.layerShare > Self.hardlyShown {
      limits.append(
        "on this input the outputs do not depend on \(Format.percent(quiet.layerShare)) of the weights of "
          + "\(quiet.layer), so it is hardly shown; give more or other images")
    }
    if let patches = try InputPatches(graph, input: input), patches.rank < patches.dimension {
      limits.append(
        "the input is so plain or small (grey, empty, repeating) that it tells the weights of \(patches.layer) "
          + "apart in \(patches.rank) of \(patches.dimension) directions only; give one with colours and "
          + "detail")
    }
    return limits
  }

  /// The weights on which no output depends; nil if there are none.
  package var quiet: Quiet? {
    let unread = unreadChannels()
    var (weights, quietWeights) = (0.0, 0.0)
    var worst = (layer: "", share: 0.0)
    for node in graph.nodes where summaries[node.output] != nil {
      guard let count = Self.weightCount(of: node.operation) else { continue }
      let share = 1 - usedShare(of: node, unread: unread[node.output] ?? [])
      weights += Double(count)
      quietWeights += Double(count) * share
      if share > worst.share { worst = (node.name, share) }
    }
    guard worst.share > 0 else { return nil }
    return Quiet(share: quietWeights / weights, layer: worst.layer, layerShare: worst.share)
  }

  private static func weightCount(of operation: any GraphOperation) -> Int? {
    let linear = operation as? Linear
    return operation.slidKernel?.weightShape.reduce(1, *)
      ?? linear.map { $0.inFeatures * $0.outFeatures }
  }

  /// The share of a layer's weights that read a channel with values and write a channel that is read.
  private func usedShare(of node: Node, unread: [Bool]) -> Double {
    let zero = summaries[node.inputs[0]]?.isZero ?? []
    let groups = max(node.operation.slidKernel?.groups ?? 1, 1)
    func shares(_ quiet: [Bool]) -> [Double] {
      let length = quiet.count / groups
      guard length > 0 else { return Array(repeating: 1, count: groups) }
      return (0..<groups).map { group in
        Double(quiet[group * length..<(group + 1) * length].count { !$0 }) / Double(length)
      }
    }
    return zip(shares(zero), shares(unread)).map(*).reduce(0, +) / Double(groups)
  }

  /// For each value its channels on which no compared output depends.
  private func unreadChannels() -> [Value: [Bool]] {
    var unread: [Value: [Bool]] = [:]
    for node in graph.nodes.reversed() {
      let own =
        outputs.contains(node.output)
        ? Array(repeating: false, count: node.channels)
        : unread[node.output] ?? Array(repeating: true, count: node.channels)
      unread[node.output] = own
      let channels = node.inputs.map { graph.producer(of: $0)?.channels ?? graph.inputChannels }
      var inputs = node.operation.channelFlow.unreadInputs(own, channels: channels)
      if node.operation.channelFlow == .channelwise {
        for index in inputs.indices { markCut(&inputs[index], from: node.inputs[index], by: node) }
      }
      for (value, flags) in zip(node.inputs, inputs) {
        unread[value] = unread[value].map { zip($0, flags).map { $0 && $1 } } ?? flags
      }
    }
    return unread
  }

  /// Marks the channels of an input that vary while the node's output in the same channel is one value.
  private func markCut(_ flags: inout [Bool], from value: Value, by node: Node) {
    guard let before = summaries[value], let after = summaries[node.output],
      before.isOneValue.count == flags.count, after.isOneValue.count == flags.count
    else { return }
    for channel in flags.indices where after.isOneValue[channel] && !before.isOneValue[channel] {
      flags[channel] = true
    }
  }
}

/// Facts about the channels of a `[batch, channels, …]` tensor.
struct ChannelSummary {
  /// For each channel whether it is 0 at every position of every image.
  private(set) var isZero: [Bool] = []
  /// For each channel whether it has one value at all positions of all images. False throughout if a channel has
  /// one element only, which shows nothing.
  private(set) var isOneValue: [Bool] = []
  /// Whether every channel of every image has one value at all positions, of which there are several.
  private(set) var isUnvarying: Bool

  /// Nil for a tensor without channels or elements.
  ///
  /// - Throws: The error of reading the elements.
  init?(_ tensor: Tensor) throws {
    guard tensor.shape.count > 1, tensor.elementCount > 0 else { return nil }
    let (batch, channels) = (tensor.shape[0], tensor.shape[1])
    let pixels = tensor.shape[2...].reduce(1, *)
    let values = try tensor.doubles()
    isUnvarying = pixels > 1
    for channel in 0..<channels {
      let first = values[channel * pixels]
      var isOneValue = true
      for image in 0..<batch {
        let start = (image * channels + channel) * pixels
        let plane = values[start..<start + pixels]
        let isPlain = plane.allSatisfy { $0 == values[start] }
        isUnvarying = isUnvarying && isPlain
        isOneValue = isOneValue && isPlain && values[start] == first
      }
      isZero.append(isOneValue && first == 0)
      self.isOneValue.append(isOneValue && batch * pixels > 1)
    }
  }
}
