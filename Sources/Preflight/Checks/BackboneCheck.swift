import OrderedCollections
import PthBackbones
import PthConfigs

/// Findings about a backbone's arguments, independent of its weights.
extension BackboneEntry {
  func findings(_ context: ArgumentContext) -> [PreflightFinding] {
    let arguments = argumentFindings(context)
    let isRefused = arguments.contains { $0.severity == .error }
    guard let graph else {
      return arguments + [impossibleFreezing, isRefused ? nil : unknownNetwork].compactMap(\.self)
    }
    return arguments
      + (constructor == nil ? refusedValues(graph) : [])
      + [impossibleFreezing, standardised].compactMap(\.self) + normFindings + additions
  }

  /// Findings about the arguments that the class takes and the initialisation by mmengine.
  private func argumentFindings(_ context: ArgumentContext) -> [PreflightFinding] {
    guard isOfDetectors else { return [] }
    var findings = InitialiserCheck(owner, context, looksAtFiles: true).findings
    if let constructor, !isOfAuthors(context) {
      findings +=
        ArgumentCheck(
          place: place, constructor: constructor, context: context, normWidths: normWidths
        ).findings
    }
    return findings
  }

  /// Whether the configuration is for the original authors' class, from the time before mmdetection had one.
  private func isOfAuthors(_ context: ArgumentContext) -> Bool {
    guard context.isFormer, let original = configurationClass?.originalArguments else {
      return false
    }
    return place.dictionary.entries.keys.contains { original.contains($0) }
  }

  /// Findings about norms without running statistics or without weight and bias.
  private var normFindings: [PreflightFinding] {
    let absent = absentRoles
    func warning(_ what: String, _ why: String) -> PreflightFinding {
      PreflightFinding(
        .argument, .warning,
        at: place.place("norm_cfg")?.location ?? place.location(of: "norm_cfg"),
        "\(place.path): \(what)", because: why)
    }
    var findings: [PreflightFinding] = []
    if absent.contains(.runningMean) {
      findings.append(
        warning(
          "its norms take mean and variance from each batch, in evaluation too",
          "with track_running_stats=False they have no statistics, and those of a file arrive nowhere"
        ))
    }
    if absent.contains(.normWeight) {
      findings.append(
        warning(
          "its norms have no weight and no bias",
          "norm_cfg has affine=False; what a file has of them arrives nowhere, and the network computes otherwise"
        ))
    }
    return findings
  }

  private var unknownNetwork: PreflightFinding {
    finding(
      refusesArguments ? .warning : .note, at: "type",
      "\(place.path): weights and channels cannot be told"
        + (refusesArguments ? ", and perhaps it cannot be built" : ""), because: unknown ?? "")
  }

  /// Errors for values that mmdetection looks up in a table and does not find there.
  private func refusedValues(_ graph: ModelGraph) -> [PreflightFinding] {
    (configurationClass?.takenValues ?? [:]).sorted { $0.key < $1.key }.compactMap { name, taken in
      guard let value = graph.arguments[name]?.integer, !taken.contains(value) else { return nil }
      return finding(
        .error, at: name, "\(place.path): the run stops, since \(type) has no \(name) \(value)",
        because: "it has \(taken.sorted().map(String.init).joined(separator: ", "))")
    }
  }

  /// The number of stages if `frozen_stages` is larger: mmdetection looks each frozen stage up by its name and fails.
  var exceededStages: Int? {
    guard let graph, frozenStages > graph.lastStage else { return nil }
    return graph.lastStage
  }

  private var impossibleFreezing: PreflightFinding? {
    guard let stages = exceededStages else { return nil }
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
  /// Whether the value is None or an empty container.
  fileprivate var isEmpty: Bool {
    switch content {
    case .none: true
    case .list(let elements), .tuple(let elements): elements.isEmpty
    case .dictionary(let dictionary): dictionary.entries.isEmpty
    default: false
    }
  }
}
