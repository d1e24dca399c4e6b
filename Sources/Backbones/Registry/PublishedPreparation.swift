/// How images were prepared for published weights of a family, which no file contains.
public struct PublishedPreparation: Sendable {
  /// The weights that it is for; empty for all of networks with these arguments.
  package let weights: Set<String>
  package let isRGB: Bool
  /// From 0 to 255, in the order of the colours.
  package let mean: [Double]
  package let deviation: [Double]
  /// Arguments of the network that was trained, as far as no tensor shows them.
  package let arguments: BackboneArguments

  /// A preparation; without other numbers ImageNet's mean and standard deviation of RGB images, which
  /// is also that of a family that says nothing.
  ///
  /// - Parameters:
  ///   - weights: names of files without their ending `.pth`; for files of detectron2's zoo, their paths
  ///     in it; for weights of timm `network.tag`. If left out, it is the preparation for all other
  ///     weights of networks with these arguments; of several, the first is written into
  ///     configurations.
  ///   - isRGB: whether red comes first.
  ///   - mean: what is subtracted, from 0 to 255, in the order of the colours.
  ///   - deviation: what it is divided by then.
  ///   - arguments: arguments of the network that was trained, as far as no tensor shows them.
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
  /// The preparations for weights of a network that have none of their own, the usual one first.
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

  /// The first preparation for published weights with such a name.
  package func preparation(
    ofWeights isMeant: (_ name: String) -> Bool
  ) -> PublishedPreparation? {
    definitions.lazy.flatMap(\.publishedWeights).first { $0.weights.contains(where: isMeant) }
  }

  /// The arguments of `trained` with which a graph's network would compute something else than with its
  /// own, although no tensor shows them.
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
