import PthBackbones
import PthTensors

/// Which weights an input exercises. If a channel is 0 at every position, the outputs do not depend on the
/// weights that read the channel.
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
  /// For each value, the share of its channels that are 0 at every position of every image.
  private var zeros: [Value: Double] = [:]
  private var weights = 0.0
  private var quietWeights = 0.0
  private var worst: (layer: String, share: Double) = ("", 0)

  /// - Throws: The error of reading the input.
  package init(input: Tensor) throws {
    zeros[.input] = try ChannelSummary(input)?.zeroShare
  }

  /// Adds a node that was run. Nodes must be added in the order in which they run.
  ///
  /// - Throws: The error of reading the output.
  package mutating func add(_ node: Node, _ output: Tensor) throws {
    if let summary = try ChannelSummary(output) {
      zeros[node.output] = summary.zeroShare
      if summary.isUnvarying, summary.pixels > 1 { unvarying.append(node.name) }
    }
    let linear = node.operation as? Linear
    guard
      let count = node.operation.slidKernel?.weightShape.reduce(1, *)
        ?? linear.map({ $0.inFeatures * $0.outFeatures })
    else { return }
    let share = zeros[node.inputs[0]] ?? 0
    weights += Double(count)
    quietWeights += Double(count) * share
    if share > worst.share { worst = (node.name, share) }
  }

  /// The largest ``Quiet/layerShare`` without a remark. One photograph leaves up to 0.7 in layers of published
  /// networks.
  private static let hardlyShown = 0.9

  /// Sentences that say why agreement on this input proves less than the whole network.
  ///
  /// - Throws: The error of reading the input; `BackboneError` if the network does not take it.
  func limits(_ graph: ModelGraph, _ input: Tensor) throws -> [String] {
    var limits: [String] = []
    if let first = unvarying.first {
      limits.append(
        "\(first) gives the same everywhere in the image, so what comes before it has no part in the "
          + "outputs")
    }
    if let quiet, quiet.layerShare > Self.hardlyShown {
      limits.append(
        "\(Format.percent(quiet.layerShare)) of the channels that \(quiet.layer) reads are 0 on this "
          + "input, so it is hardly shown; give more or other images")
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
    guard worst.share > 0 else { return nil }
    return Quiet(
      share: quietWeights / weights, layer: worst.layer, layerShare: worst.share)
  }
}

/// Facts about the channels of a `[batch, channels, height, width]` tensor.
struct ChannelSummary {
  /// The share of the channels that are 0 at every position of every image.
  let zeroShare: Double
  /// Whether every channel of every image has one value at all positions.
  let isUnvarying: Bool
  /// height × width.
  let pixels: Int

  /// Nil for a tensor of another rank or without elements.
  ///
  /// - Throws: The error of reading the elements.
  init?(_ tensor: Tensor) throws {
    guard tensor.shape.count == 4, tensor.elementCount > 0 else { return nil }
    let (batch, channels) = (tensor.shape[0], tensor.shape[1])
    pixels = tensor.shape[2] * tensor.shape[3]
    let values = try tensor.doubles()
    var isUnvarying = true
    var zeroCount = 0
    for channel in 0..<channels {
      var isZero = true
      for image in 0..<batch {
        let start = (image * channels + channel) * pixels
        let (first, plane) = (values[start], values[start..<start + pixels])
        let isOneValue = plane.allSatisfy { $0 == first }
        isUnvarying = isUnvarying && isOneValue
        isZero = isZero && isOneValue && first == 0
      }
      zeroCount += isZero ? 1 : 0
    }
    self.isUnvarying = isUnvarying
    zeroShare = Double(zeroCount) / Double(channels)
  }
}
