import OrderedCollections
import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

extension StatisticsReport {
  /// The network with weight and bias of two norms exchanged, on the same images.
  package struct Exchange: Sendable {
    package let norms: AddedNorms
    /// Whether what was recorded agrees better with the exchanged network than with the file's.
    package let answer: Alternative.Answer
    /// As in ``Alternative``.
    package let ratio, deviations: Double
  }
}

/// Whether weight and bias belong to the norm that has them, for norms whose outputs are added: no limit of
/// a single norm shows that.
extension Witness {
  /// Norms behind the addition that are asked. Those further behind differ less.
  private static let normsBehind = 8

  /// - Parameters:
  ///   - run, moments: The target's.
  ///   - weights: The target's.
  /// - Returns: nothing for norms whose weights and biases are the same: exchanging them changes nothing.
  /// - Throws: what reading tensors and the engine throw.
  func exchanges(
    _ run: WitnessRun, _ moments: [NormMoments], _ weights: StateDict, _ preparation: Preparation,
    progress: ((Int) -> Void)?
  ) throws -> [StatisticsReport.Exchange] {
    try mapping.target.addedNorms.compactMap { norms in
      let exchange = try exchange(norms, run, moments, weights, preparation)
      progress?(images.pictures.count)
      return exchange
    }
  }

  private func exchange(
    _ norms: AddedNorms, _ run: WitnessRun, _ moments: [NormMoments], _ weights: StateDict,
    _ preparation: Preparation
  ) throws -> StatisticsReport.Exchange? {
    let places = run.records.indices.filter {
      [norms.first, norms.second].contains(run.records[$0].node.name)
    }
    guard places.count == 2,
      let others = try exchanged(places.map { run.records[$0].node }, weights)
    else { return nil }
    let behind = (places[1] + 1)..<min(places[1] + 1 + Self.normsBehind, run.records.count)
    guard !behind.isEmpty else { return untold(norms) }
    let other = try WitnessRun(mapping.target, others, images, engine: engine, threads: threads)
    let seen = try other.moments(preparation, normCount: behind.upperBound)
    let comparison = PairedComparison(
      behind.map { (run.records[$0], moments[$0]) }, behind.map { (run.records[$0], seen[$0]) },
      by: .alongTheDifference(sameResolution: true))
    return .init(
      norms: norms, answer: comparison.alternativeAnswer, ratio: comparison.ratio,
      deviations: comparison.deviations)
  }

  private func untold(_ norms: AddedNorms) -> StatisticsReport.Exchange {
    .init(norms: norms, answer: .untold, ratio: 1, deviations: 0)
  }

  /// The weights with those of two norms exchanged; nil if that changes nothing.
  private func exchanged(_ nodes: [Node], _ weights: StateDict) throws -> StateDict? {
    var result = weights
    var isOther = false
    for role in [StateRole.normWeight, .normBias] {
      guard let first = mapping.target.entry(role, of: nodes[0])?.name,
        let second = mapping.target.entry(role, of: nodes[1])?.name,
        let one = weights[first], let other = weights[second], one.shape == other.shape
      else { return nil }
      result.tensors[first] = other
      result.tensors[second] = one
      isOther = try isOther || one.doubles() != other.doubles()
    }
    return isOther ? result : nil
  }
}
