import PthBackbones
import PthCheckpoints
import PthKeyMapping

/// Another way to ask for a backbone, that was tried and gives a better verdict.
package struct MappingAlternative: Sendable {
  package let request: BackboneRequest
  /// The prefix of the backbone's keys, if it has to be given.
  package let prefix: String?
  /// Where the state dict is, if that has to be said.
  package let key: String?
  /// The revisions that are needed beside the given ones.
  package let revisions: [KeyRevision]
  package let report: LoadReport
}

extension BackboneRequest {
  /// The way to ask that gives the best verdict: what the file itself shows, without the prefix or
  /// the revisions that were said, or another of its state dicts.
  ///
  /// - Parameters:
  ///   - mapping: what this request gives.
  ///   - key: the state dict that was asked for.
  /// - Returns: Nil if none that was tried is better than `mapping`.
  package func betterAlternative(
    to mapping: KeyMapping, of checkpoint: Checkpoint, key: String?, options: MappingOptions
  ) -> MappingAlternative? {
    let report = mapping.report
    guard
      report.verdict != .complete || !report.source.contradictions.isEmpty || report.isAligned
    else { return nil }
    var best: MappingAlternative?
    var tried: Set<Trial> = [Trial(request: self, prefix: options.prefix, key: key)]
    func consider(
      _ request: BackboneRequest, _ state: Checkpoint, prefix: String?, key: String?,
      _ revisions: [KeyRevision] = []
    ) {
      let trial = Trial(request: request, prefix: prefix, key: key, revisions: revisions)
      guard tried.insert(trial).inserted else { return }
      var options = options
      options.revisions += revisions
      options.prefix = prefix
      options.detections = nil
      guard let other = try? request.mapping(of: state.stateDict, options: options).report,
        other.isBetter(than: best?.report ?? mapping.report)
      else { return }
      best = MappingAlternative(
        request: request, prefix: prefix, key: key, revisions: revisions, report: other)
    }
    if let detection = report.source.detection, report.verdict == .complete {
      var corrected = self
      for evidence in detection.contradicted(by: mapping.target.arguments, flavor: report.flavor) {
        corrected.arguments[evidence.argument] = evidence.value
      }
      consider(corrected, checkpoint, prefix: options.prefix, key: key)
    }
    if options.prefix != nil { consider(self, checkpoint, prefix: nil, key: key) }
    var own = BackboneRequest(mapping.report.source.detection?.backbone ?? mapping.report.backbone)
    if let name = options.registry.definition(named: mapping.report.backbone)?.classCount {
      own.arguments[name] = arguments[name]
    }
    for flavor in [flavor, nil] {
      own.flavor = flavor
      consider(own, checkpoint, prefix: options.prefix, key: key)
    }
    if report.verdict == .nothing || report.verdict == .partial || report.isAligned,
      let keys = try? options.keyShapes(of: checkpoint.stateDict)
    {
      for revisions in ProposedRevisions.all(for: keys, names: mapping.target.names) {
        consider(self, checkpoint, prefix: options.prefix, key: key, revisions)
      }
    }
    if mapping.report.verdict == .nothing {
      let others = checkpoint.candidates.filter { $0.key != checkpoint.stateDictKey }
        .sorted { $0.tensorCount > $1.tensorCount }
      for candidate in others.prefix(3) where !candidate.key.isEmpty {
        guard let state = try? Checkpoint.open(checkpoint.path, key: candidate.key) else {
          continue
        }
        consider(self, state, prefix: nil, key: candidate.key)
      }
    }
    return best
  }
}

/// A combination that was tried, so that it is not mapped again.
private struct Trial: Hashable {
  let request: BackboneRequest
  let prefix: String?
  let key: String?
  var revisions: [KeyRevision] = []
}

extension LoadReport {
  /// Whether this mapping may claim more, claims the same from names where the other has the order of
  /// shapes alone, or claims the same of more of the target or against less
  /// that the file says. A smaller target is no better one.
  fileprivate func isBetter(than other: LoadReport) -> Bool {
    let ranks: [MappingVerdict] = [.nothing, .partial, .foreign, .complete]
    let (own, others) = (
      ranks.firstIndex(of: verdict) ?? 0, ranks.firstIndex(of: other.verdict) ?? 0
    )
    let (total, otherTotal) = (coverage.total, other.coverage.total)
    if own != others {
      return own > others
        && (total.elements >= otherTotal.elements
          || total.loadedElements > otherTotal.loadedElements)
    }
    if verdict == .complete {
      if isAligned != other.isAligned { return !isAligned }
      return source.contradictions.count < other.source.contradictions.count
    }
    return verdict == .partial && total.ofElements > otherTotal.ofElements
  }
}
