import OrderedCollections
import PthBackbones
import PthConfigs

/// Findings about a backbone's own arguments, whatever is loaded into it.
extension BackboneEntry {
  var findings: [PreflightFinding] {
    guard let graph else { return [unknownNetwork] }
    return refusedValues(graph)
      + [impossibleFreezing(graph), standardised].compactMap(\.self) + additions
  }

  private var unknownNetwork: PreflightFinding {
    finding(
      refusesArguments ? .warning : .note, at: "type",
      "\(place.path): weights and channels cannot be told"
        + (refusesArguments ? ", and perhaps it cannot be built" : ""), because: unknown ?? "")
  }

  /// mmdetection looks some values up in tables.
  private func refusedValues(_ graph: ModelGraph) -> [PreflightFinding] {
    (configurationClass?.takenValues ?? [:]).sorted { $0.key < $1.key }.compactMap { name, taken in
      guard let value = graph.arguments[name]?.integer, !taken.contains(value) else { return nil }
      return finding(
        .error, at: name, "\(place.path): the run stops, since \(type) has no \(name) \(value)",
        because: "it has \(taken.sorted().map(String.init).joined(separator: ", "))")
    }
  }

  /// The number of stages, if more than those are to be frozen: each is looked up by its name.
  func exceededStages(_ graph: ModelGraph) -> Int? {
    let stages = graph.lastStage
    return frozenStages > stages ? stages : nil
  }

  private func impossibleFreezing(_ graph: ModelGraph) -> PreflightFinding? {
    guard let stages = exceededStages(graph) else { return nil }
    return finding(
      .error, at: "frozen_stages",
      "\(place.path): the run stops, since frozen_stages is \(frozenStages) and there are \(stages) "
        + "stages", instead: "frozen_stages=\(stages)")
  }

  private var standardised: PreflightFinding? {
    guard place["conv_cfg"]?["type"]?.string == "ConvWS" else { return nil }
    return finding(
      .note, at: "conv_cfg", "\(place.path): ConvWS standardises the weights of convolutions",
      because:
        "weights that were trained with ordinary convolutions have the same keys and compute "
        + "something else in it")
  }

  private var additions: [PreflightFinding] {
    (configurationClass?.argumentsThatAddKeys ?? []).sorted().compactMap { name in
      guard let value = place[name], !value.isEmpty else { return nil }
      return finding(
        .note, at: name, "\(place.path): the modules of \(name) are not looked at",
        because: "their parameters start at random where a file does not have them, and are not "
          + "counted among the keys that arrive")
    }
  }

  private func finding(
    _ severity: PreflightFinding.Severity, at key: String, _ what: String, because why: String = "",
    instead: String? = nil
  ) -> PreflightFinding {
    PreflightFinding(
      .unknownBackbone, severity, at: place.location(of: key), what, because: why,
      instead: instead)
  }
}

extension ConfigValue {
  /// Whether it is None or holds nothing.
  fileprivate var isEmpty: Bool {
    switch content {
    case .none: true
    case .list(let elements), .tuple(let elements): elements.isEmpty
    case .dictionary(let dictionary): dictionary.entries.isEmpty
    default: false
    }
  }
}
