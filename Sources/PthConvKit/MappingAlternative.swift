import PthBackbones
import PthCheckpoints
import PthKeyMapping

/// Another request for a backbone that was tried and gives a better verdict.
package struct MappingAlternative: Sendable {
  package let request: BackboneRequest
  /// The prefix of the backbone's keys, if it has to be given.
  package let prefix: String?
  /// The state dict's path in the file, if it has to be given.
  package let key: String?
  /// The key revisions that are needed in addition to the given ones.
  package let revisions: [KeyRevision]
  package let report: LoadReport
}

extension BackboneRequest {
  /// The request with the best verdict among some alternatives: with the detected arguments, without the given prefix,
  /// with other key revisions, or for another state dict of the file.
  ///
  /// - Parameters:
  ///   - mapping: The mapping of this request.
  ///   - key: The requested state dict.
  /// - Returns: Nil if no alternative that was tried is better than `mapping`.
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

/// A combination that was tried, so that it is not tried again.
private struct Trial: Hashable {
  let request: BackboneRequest
  let prefix: String?
  let key: String?
  var revisions: [KeyRevision] = []
}

extension LoadReport {
  /// Whether this mapping is better than another.
  ///
  /// A better verdict wins, unless the target is smaller and no more elements are loaded. Of two complete mappings,
  /// names win over the order of shapes, then fewer contradictions with the file. Of two partial ones the larger
  /// loaded share wins.
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
