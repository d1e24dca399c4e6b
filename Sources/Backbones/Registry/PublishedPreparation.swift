/// How images were prepared for published weights of a family; the files themselves do not say.
public struct PublishedPreparation: Sendable {
  /// The names of the weights; empty for all other weights of networks with these arguments.
  package let weights: Set<String>
  package let isRGB: Bool
  /// One number a channel, in the channels' order, on the scale of pixels from 0 to 255.
  package let mean: [Double]
  package let deviation: [Double]
  /// Arguments of the trained network that no tensor shows.
  package let arguments: BackboneArguments

  /// A preparation; by default ImageNet's mean and standard deviation for RGB images, which is also the default
  /// of a family without any.
  ///
  /// - Parameters:
  ///   - weights: file names without `.pth`; for files of detectron2's zoo, their paths in the zoo; for
  ///     weights of timm, `network.tag`. If left out, the preparation is for all other weights of networks
  ///     with these arguments; if there are several such preparations, the first is written into
  ///     configurations.
  ///   - isRGB: whether the channels' order is RGB, not BGR.
  ///   - mean: the mean of each channel, subtracted from pixels from 0 to 255, in the channels' order.
  ///   - deviation: the divisor of each channel, applied after the subtraction.
  ///   - arguments: arguments of the trained network that no tensor shows.
  public init(
    of weights: Set<String> = [], isRGB: Bool = true, mean: [Double] = [123.675, 116.28, 103.53],
    deviation: [Double] = [58.395, 57.12, 57.375], arguments: BackboneArguments = [:]
  ) {
    self.weights = weights
    self.isRGB = isRGB
    self.mean = mean
    self.deviation = deviation
    self.arguments = arguments
  }
}

extension BackboneDefinition {
  /// The preparations for weights of `graph` that are not listed by name, the usual one first.
  package func usualPreparations(of graph: ModelGraph) -> [PublishedPreparation] {
    publishedWeights.filter { row in
      row.weights.isEmpty && row.arguments.values.allSatisfy { graph.arguments[$0.key] == $0.value }
    }
  }
}

extension BackboneRegistry {
  /// The preparation for published weights of this name.
  package func preparation(ofWeights name: String) -> PublishedPreparation? {
    preparation { $0 == name }
  }

  /// The first preparation that lists a name for which `isMeant` is true.
  package func preparation(
    ofWeights isMeant: (_ name: String) -> Bool
  ) -> PublishedPreparation? {
    definitions.lazy.flatMap(\.publishedWeights).first { $0.weights.contains(where: isMeant) }
  }

  /// The arguments of `trained` that differ from the graph's and change what its network computes.
  ///
  /// - Returns: for each argument its value in `trained`, the graph's own, and
  ///   ``ArgumentSpecification/difference``.
  package func contradictions(
    of graph: ModelGraph, with trained: BackboneArguments
  ) -> [(name: String, trained: ArgumentValue, own: ArgumentValue, difference: String?)] {
    trained.values.compactMap { name, value in
      let row = definition(named: graph.backbone)?.arguments.first { $0.name == name }
      guard let own = graph.arguments[name] ?? row?.defaultValue, own != value else { return nil }
      var arguments = arguments(making: graph)
      arguments[name] = value
      guard
        let other = try? makeGraph(graph.backbone, arguments: arguments, flavor: graph.flavor),
        graph.firstDifference(from: other) != nil
      else { return nil }
      return (name, value, own, row?.difference)
    }
  }
}
