import OrderedCollections
import PthBackbones

/// The warnings that need no values; those about NaN, ranges, variances and zeros are made elsewhere.
struct MappingWarnings {
  let report: LoadReport
  let source: SourceDescription
  let target: ModelGraph
  /// Parts of the network under prefixes that do not show whether they belong to it.
  let undecided: [PrefixComplement]

  func all(copies: [PrefixSearch.Candidate]) -> [LoadWarning] {
    [
      contradiction(), unusedInNetwork(), severalCopies(copies), partsElsewhere(), lowCoverage(),
      frozenButRandom(),
      arithmeticUnknown(), computesDifferently(),
    ].compactMap(\.self)
  }

  private func contradiction() -> LoadWarning? {
    let sentences = report.source.contradictions
    return sentences.isEmpty
      ? nil : LoadWarning(.contradictsFile, sentences.joined(separator: "; "))
  }

  private func unusedInNetwork() -> LoadWarning? {
    let unused = report.unusedInNetwork
    guard !unused.isEmpty, report.hasWeights else { return nil }
    return LoadWarning(
      .unusedInNetwork,
      UnusedInNetwork(unused, names: target.names, namesMayDiffer: report.namesMayDiffer).text)
  }

  private func severalCopies(_ copies: [PrefixSearch.Candidate]) -> LoadWarning? {
    guard let used = copies.first(where: { $0.prefix == report.source.prefix }) else { return nil }
    let others = copies.filter { $0 != used && $0.matches * 10 >= used.matches * 9 }
    guard !others.isEmpty, used.matches >= UnexpectedReasons.minimumMatches else {
      return otherBackbones(used)
    }
    func name(_ copy: PrefixSearch.Candidate) -> String {
      copy.prefix.isEmpty ? "no prefix" : copy.prefix
    }
    return LoadWarning(
      .severalCopies,
      "\(others.count + 1) backbones of its kind are in the file: the one under \(name(used)) is used, "
        + "not \(others.prefix(3).map(name).joined(separator: ", "))"
        + (others.count > 3 ? " and \(others.count - 3) more" : "") + "; choose with a prefix")
  }

  /// Warns of other networks in the file that the caller may want instead, such as a teacher beside a student.
  private func otherBackbones(_ used: PrefixSearch.Candidate) -> LoadWarning? {
    guard report.hasWeights else { return nil }
    let others = source.others.filter { $0.matchedWeights * 10 >= $0.expectedWeights * 9 }
    guard !others.isEmpty else { return nil }
    func place(_ prefix: String) -> String {
      prefix.isEmpty ? "without a prefix" : "under \(prefix)"
    }
    let names = others.prefix(3).map { other in
      let size = source.identity(of: other).map { " of \($0.name) \($0.value)" } ?? ""
      return "a \(other.backbone)\(size) \(place(other.prefix))"
    }
    return LoadWarning(
      .severalCopies,
      "\(others.count + 1) backbones are in the file: the one \(place(used.prefix)) is used, not "
        + names.joined(separator: ", ") + "; choose with a prefix")
  }

  /// Warns of missing modules that the file has under prefixes of other networks, perhaps.
  private func partsElsewhere() -> LoadWarning? {
    let missing = Set(
      report.missing.map { $0.target.withoutPrefix(report.targetPrefix).firstKeyComponent })
    let parts = undecided.filter { $0.modules.contains { missing.contains($0[...]) } }
    guard let first = parts.first else { return nil }
    let own = report.source.prefix.isEmpty ? "without a prefix" : "under \(report.source.prefix)"
    let places = parts.prefix(3).map { $0.prefix.isEmpty ? "no prefix" : $0.prefix }
    return LoadWarning(
      .partsElsewhere,
      "the rest of the network is \(own), and \(first.modules.joined(separator: ", ")) under "
        + places.joined(separator: " and under ")
        + (parts.count > 3 ? " and \(parts.count - 3) more" : "")
        + "; the names do not show whether that belongs to it, so it is not loaded; if it does, revise "
        + "the prefix of its keys")
  }

  /// Warns of stages that are not fully loaded. The head is ignored, since a new classifier is trained anyway.
  private func lowCoverage() -> LoadWarning? {
    let stages = report.coverage.stages.filter { $0.stage != .head && !$0.share.isComplete }
    guard !stages.isEmpty else { return nil }
    let parts = stages.map {
      "\($0.stage) (\($0.share.loadedKeys) of \($0.share.keys) keys are loaded)"
    }
    let keys =
      (report.missing.filter { $0.stage != .head }.map(\.target))
      + report.mismatched.filter { $0.stage != .head }.map(\.target)
    return LoadWarning(
      .lowCoverage,
      "not all weights of the backbone come from the file: \(parts.joined(separator: ", "))",
      keys: keys)
  }

  private func frozenButRandom() -> LoadWarning? {
    let unfilled = Set(report.missing.map(\.target) + report.mismatched.map(\.target))
    let frozen = target.state.filter {
      $0.isFrozen && !$0.isBuffer && unfilled.contains(report.targetPrefix + $0.name)
    }
    guard !frozen.isEmpty else { return nil }
    let stages = Set(frozen.map(\.stage)).sorted().map(\.description).joined(separator: ", ")
    return LoadWarning(
      .frozenButRandom,
      "\(frozen.count) parameters of \(stages) are frozen and not in the file, so they stay as they "
        + "are initialised; freeze fewer stages or load other weights",
      keys: frozen.map { report.targetPrefix + $0.name })
  }

  private func arithmeticUnknown() -> LoadWarning? {
    guard !source.flavorIsGiven || source.detection?.isUnknownVariant == true,
      let assumption = report.assumptions.first(where: {
        $0.code == LoadWarning.Code.arithmeticUnknown.rawValue
      })
    else { return nil }
    return LoadWarning(.arithmeticUnknown, assumption.text)
  }

  /// Warns if everything is loaded and the outputs still differ, which no list of keys shows.
  private func computesDifferently() -> LoadWarning? {
    let hasGaps = report.missing.contains { $0.stage != .head } || !report.mismatched.isEmpty
    guard !hasGaps, report.unusedInNetwork.isEmpty,
      let (origin, difference) = source.difference(from: target)
    else { return nil }
    let node = difference.right ?? difference.left
    let place =
      node.map { "from \($0.name) (\($0.operation.label)) on" } ?? "in the returned outputs"
    let remedy = remedy(origin).map { "; \($0) makes it compute the same" } ?? ""
    return LoadWarning(
      .flavorsComputeDifferently,
      "all keys match, but "
        + (target.flavor == origin.flavor
          ? "with these arguments \(target.flavor)'s \(target.backbone) computes something else than "
            + "the file's network"
          : "\(target.flavor)'s \(target.backbone) computes something else than \(origin.flavor)'s")
        + ", \(place)\(remedy)")
  }

  /// The argument value with which the target computes the same as the source; nil if no single one suffices.
  private func remedy(_ origin: ModelGraph) -> String? {
    for (name, value) in origin.arguments.values where value != target.arguments[name] {
      if let rebuilt = source.rebuilt(target, with: name, value),
        rebuilt.firstDifference(from: origin) == nil
      {
        return "\(name)=\(value)"
      }
    }
    return nil
  }
}
