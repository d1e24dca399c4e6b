import PthBackbones
import PthTensors

/// Which weights an input exercises: those of a convolution that read channels which are 0 at every
/// position have no part in the outputs, whatever they are.
package struct Participation {
  /// The weights without a part.
  package struct Quiet: Sendable, Hashable {
    /// Their share of the weights of all convolutions and linear layers.
    package let share: Double
    /// The layer with the largest share, and how large it is there.
    package let layer: String
    package let layerShare: Double
  }

  /// Nodes whose output is the same at all positions, in the order in which they ran.
  package private(set) var unvarying: [String] = []
  /// For each value the share of its channels that are 0 throughout.
  private var zeros: [Value: Double] = [:]
  private var weights = 0.0
  private var quietWeights = 0.0
  private var worst: (layer: String, share: Double) = ("", 0)

  /// - Throws: what reading the input throws.
  package init(input: Tensor) throws {
    zeros[.input] = try ChannelSummary(input)?.zeroShare
  }

  /// Takes a node that ran into account.
  ///
  /// - Throws: what reading the output throws.
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

  /// Layers of published networks have up to 0.7 of their weights without a part when one photograph
  /// is looked at. Beyond this a layer is hardly shown.
  private static let hardlyShown = 0.9

  /// Why agreement on this input proves less than the whole network.
  ///
  /// - Throws: what reading the input throws.
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

  /// Nil if every weight has a part.
  package var quiet: Quiet? {
    guard worst.share > 0 else { return nil }
    return Quiet(
      share: quietWeights / weights, layer: worst.layer, layerShare: worst.share)
  }
}

/// What is in the channels of a `[batch, channels, height, width]` tensor.
struct ChannelSummary {
  /// The share of the channels that are 0 throughout.
  let zeroShare: Double
  /// Whether every channel of every image has one value throughout.
  let isUnvarying: Bool
  /// Positions of an image.
  let pixels: Int

  /// Nil for tensors of other ranks, and without elements.
  ///
  /// - Throws: what reading the elements throws.
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
