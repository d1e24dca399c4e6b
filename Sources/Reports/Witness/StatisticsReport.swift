import OrderedCollections
import PthBackbones

/// The comparison of the statistics that batch norms compute on images with the statistics recorded in training.
package struct StatisticsReport: Sendable {
  package enum Outcome: Sendable {
    /// All norms agree with their recorded statistics.
    case agrees
    /// The first norm that is far off while others agree: the fault is between this norm and the norms before it.
    case fault(NormFigures)
    /// Nothing certain follows from the statistics: the reason, and the norm if the reason is about one.
    case untold(String, NormFigures?)
    /// There are no recorded statistics to compare with: the reason.
    case nothing(String)
  }

  /// Another network with the same keys, run on the same images.
  package struct Alternative: Sendable {
    package enum Answer: String, Sendable {
      case better, worse
      case untold = "cannot be told"
    }
    /// The difference between the network and the target.
    package let change: TargetChange
    package let answer: Answer
    /// The target's divergence from the recorded statistics divided by this network's divergence, at the norms that
    /// distinguish the two.
    package let ratio: Double
    /// The difference in standard deviations, of the variation that other images would cause.
    package let deviations: Double
    /// Whether the network may be the file's own, given that an alternative is better than the target: either this
    /// one is better and no other one beats it, or the statistics distinguish it neither from the target nor from the
    /// better ones.
    package internal(set) var isBest = false
  }

  package let engine: String
  package let imageCount: Int
  package let foundCount: Int
  package let unreadable: [String]
  /// The number of files with the same picture as an earlier file.
  package let repeatedCount: Int
  package let size: Int
  package let preparation: PreparationFinding
  /// In the order of the graph.
  package let norms: [NormFigures]
  /// Empty if no norm has recorded statistics.
  package let alternatives: [Alternative]
  /// Stages without a norm that has recorded statistics.
  package let unseenStages: [String]
  /// The last norm that has recorded statistics: no norm sees the layers after it.
  package let lastNorm: String?
  /// Norms whose outputs are added, with weights and biases exchanged.
  package let exchanges: [Exchange]

  package var recorded: [NormFigures] { norms.filter { !$0.isUnrecorded } }

  /// The alternatives that may be the file's own network; empty if none is better than the target.
  package var better: [Alternative] { alternatives.filter(\.isBest) }

  /// Whether another network agrees better.
  package var isOutdone: Bool {
    !better.isEmpty || exchanges.contains { $0.answer == .better }
  }

  /// Whether the statistics support the whole target, up to the last norm.
  package var supports: Bool {
    guard case .agrees = outcome else { return false }
    return !isOutdone && unseenStages.isEmpty
  }

  /// The multiple of the largest limits above which a norm is at fault if others agree.
  private static let faultMisfit = 1.5
  /// If this share of norms does not agree, there is no single fault.
  private static let isolatedShare = 0.5

  /// The first norm beyond the largest limits, if one is beyond them by ``faultMisfit``. A norm that is off by less
  /// may be off because of the images.
  private static func standingOut(among misfits: [NormFigures]) -> NormFigures? {
    guard misfits.contains(where: { $0.grossMisfit > faultMisfit }) else { return nil }
    return misfits.first { $0.grossMisfit > 1 }
  }

  package var outcome: Outcome {
    let recorded = recorded
    guard !recorded.isEmpty else {
      return .nothing(
        norms.isEmpty
          ? "the network has no batch norms, so nothing was recorded in training"
          : "the batch norms have recorded nothing (mean 0 and variance 1 throughout)")
    }
    let inner = recorded.filter { !$0.seesInput }
    let misfits = inner.filter { !$0.agrees }
    let share = Double(misfits.count) / Double(max(inner.count, 1))
    if let first = recorded.first(where: { $0.seesInput && !$0.agrees }) {
      let reasons =
        "\(first.name), which sees the images as they are prepared, does not see what it recorded: "
        + "they were prepared otherwise in training, or are of another kind, or \(first.feeder) is not "
        + "as trained"
      // That norm normalises unusual colours and contrast away, but not the sharpness of the images, which still moves
      // the next norms.
      let behind = misfits.filter { !$0.isNearInput }
      guard share < Self.isolatedShare,
        let second = behind.first(where: { $0.grossMisfit > Self.faultMisfit })
      else {
        return .untold(reasons, first)
      }
      return .untold(
        "\(reasons); behind it \(second.name) stands out from the other norms, so look at "
          + "\(second.feeder) too", second)
    }
    if let first = misfits.first {
      if share >= Self.isolatedShare {
        return .untold(
          "\(misfits.count) of \(recorded.count) batch norms do not see what they recorded: the images "
            + "are of another kind than in training, or the statistics are those of other weights",
          first)
      }
      if let fault = Self.standingOut(among: misfits) { return .fault(fault) }
      return .untold(
        "\(first.name) sees something else than it recorded, but too little to say that "
          + "\(first.feeder) is at fault and not the images", first)
    }
    if let first = norms.first(where: \.isUnrecorded) {
      return .untold(
        "\(norms.count - recorded.count) of \(norms.count) batch norms, such as \(first.name), have "
          + "recorded nothing (mean 0 and variance 1 throughout)", nil)
    }
    let noisy = recorded.filter(\.isNoisy)
    if let first = noisy.first {
      return .untold(
        "\(noisy.count) of \(recorded.count) batch norms, such as \(first.name), see too few pixels to "
          + "be judged; give more images, or larger ones", nil)
    }
    return .agrees
  }

  /// Why the statistics do not support the target; nil if they do.
  package var objection: String? {
    switch outcome {
    case .fault(let norm):
      return
        "\(norm.name) sees something else than it recorded in training, so \(norm.feeder) or what is "
        + "between it and the norm before is not as trained"
    case .untold(let reason, _): return reason
    case .nothing(let reason): return reason
    case .agrees: break
    }
    let told = better.filter { $0.answer == .better }
    if let first = told.first {
      let others = better.filter { $0.answer != .better }.map(\.change.description)
      return
        "the recorded statistics agree better with "
        + told.map(\.change.description).joined(separator: ", or with ") + " "
        + "(the target has \(Format.fixed(first.ratio, digits: 1)) times the divergence, "
        + "\(Format.fixed(first.deviations, digits: 1)) standard deviations)"
        + (others.isEmpty
          ? "" : "; the statistics cannot tell that from \(others.joined(separator: ", or from "))")
    }
    let exchanged = exchanges.filter { $0.answer == .better }
    if !exchanged.isEmpty {
      return
        "the recorded statistics agree better with weight and bias of two norms exchanged, whose outputs "
        + "are added: " + Self.pairs(exchanged)
    }
    guard unseenStages.isEmpty else {
      return
        "\(unseenStages.joined(separator: ", ")) \(unseenStages.count == 1 ? "has" : "have") no batch "
        + "norm that recorded anything"
    }
    return nil
  }
}

extension StatisticsReport {
  /// The most pairs of norms that are named; others are counted.
  private static let shownPairs = 4

  private static func pairs(_ exchanges: [Exchange]) -> String {
    let pairs = exchanges.prefix(shownPairs).map { "\($0.norms.first) and \($0.norms.second)" }
    let more = exchanges.count - pairs.count
    return pairs.joined(separator: "; ") + (more > 0 ? "; and \(more) more pairs" : "")
  }

  /// Arguments (and `flavor`) that the statistics do not determine: networks with another value agree as well.
  package var untold: [String] {
    var names: [String] = []
    for alternative in alternatives where alternative.answer == .untold {
      names += alternative.change.names
    }
    return Array(OrderedSet(names))
  }

  /// Sentences about faults that are possible although all norms agree; empty unless ``supports`` is true.
  package var notExcluded: [String] {
    guard supports, let last = lastNorm else { return [] }
    let inner = recorded.filter { !$0.isNearInput }
    var sentences: [String] = []
    if let coarsest = inner.max(by: { $0.tailLimit < $1.tailLimit }) {
      sentences.append(
        "something that moves what a norm sees by less than \(Format.fixed(coarsest.tailLimit, digits: 2)) "
          + "standard deviations, or fewer than \(Format.fixed(100 * coarsest.offLimit, digits: 0)) % of its "
          + "channels: channel attention in one block may be such")
    }
    sentences.append(
      "filters that are turned or mirrored as a whole, and red and blue exchanged: photographs look nearly "
        + "the same")
    sentences.append(
      "the weight and bias of \(last), and all that is behind it: no norm sees them")
    let open = exchanges.filter { $0.answer == .untold }
    if !open.isEmpty {
      sentences.append(
        "weight and bias exchanged between two norms whose outputs are added: the norms behind do not tell "
          + "(\(Self.pairs(open)))")
    }
    if !untold.isEmpty {
      sentences.append("other \(untold.joined(separator: ", ")): the statistics do not tell")
    }
    return sentences
  }
}
