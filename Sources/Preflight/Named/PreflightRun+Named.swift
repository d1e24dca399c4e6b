import PthBackbones
import PthCheckpoints
import PthKeyMapping
import PthReports
import PthTensors

/// The checks of a named network with a file that is loaded by `load_state_dict`.
extension PreflightRun {
  mutating func checkNamed(_ network: NamedNetwork) {
    add([network.preparationFinding])
    guard let path = options.checkpoint else {
      return add([
        PreflightFinding(
          .notHere, .note, at: nil, "whether a file fills the network is not looked at",
          because: "no file is given as checkpoint")
      ])
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let entry = CheckpointEntry(
      scope: .backbone, path: "--checkpoint", written: path, prefix: nil, location: nil,
      prefixLocation: nil, isOption: true, spelling: .pretrained)
    func source(
      _ state: PreflightReport.Source.State, _ arrival: Arrival? = nil, map: String? = nil
    ) -> PreflightReport.Source {
      PreflightReport.Source(
        entry: entry.path, written: path, location: nil, url: nil, file: path, state: state,
        backbone: network.name, arrival: arrival, mapping: map)
    }
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint.open(path)
    } catch {
      add(source(.unreadable))
      return add([
        PreflightFinding(
          .unreadable, error.isBeyondUs ? .note : .error, at: nil, "\(name) cannot be read",
          because: "\(error)")
      ])
    }
    add(DigestCheck.findings(checkpoint, entry))
    let graph = network.graph
    let state = checkpoint.stateDict
    let arrival = Arrival(of: state, into: graph, by: Arrival.Rule(stripsModule: false))
    var options = MappingOptions(registry: registry)
    options.hints = checkpoint.hints
    let mapping = try? KeyMapping(of: state, to: graph, options: options)
    add(source(.read, arrival, map: mapping?.report.summary))
    setCoverage(arrival.share, of: network.name)
    add(NamedDiagnosis(name, checkpoint, graph, arrival, mapping).findings)
    if let known = PublishedPreparation.named(name, registry), let own = network.preparation,
      known.isRGB == own.isBGR
    {
      add([
        PreflightFinding(
          .channelOrder, .warning, at: nil,
          "\(name) was trained with \(known.isRGB ? "RGB" : "BGR"), and weights of this name with "
            + "\(own.isBGR ? "BGR" : "RGB")", because: "the file is published under its own name")
      ])
    }
    if arrival.hasWeights, let mapping {
      look(
        into: state, mapping, network.preparation.map(UsedPreparation.init(usual:)), network.name,
        name)
    }
  }
}

/// Finds whether a file's keys fill a network by name, and the reason if they do not.
private struct NamedDiagnosis {
  let file: String
  let checkpoint: Checkpoint
  let graph: ModelGraph
  let arrival: Arrival
  let mapping: KeyMapping?

  init(
    _ file: String, _ checkpoint: Checkpoint, _ graph: ModelGraph, _ arrival: Arrival,
    _ mapping: KeyMapping?
  ) {
    self.file = file
    self.checkpoint = checkpoint
    self.graph = graph
    self.arrival = arrival
    self.mapping = mapping
  }

  var findings: [PreflightFinding] {
    guard arrival.isComplete else { return [reason] }
    var findings = unexpected + Diagnosis.warnings(of: mapping, file)
    let key = checkpoint.stateDictKey
    if !key.isEmpty {
      findings.append(
        PreflightFinding(
          .stateDictElsewhere, .note, at: nil,
          "the weights are under '\(key)': that is what load_state_dict has to be given"))
    }
    return findings
  }

  /// A finding about keys that the network does not have, which stop a strict `load_state_dict`. The head is not
  /// checked.
  private var unexpected: [PreflightFinding] {
    let own = Set(graph.state.map(\.name))
    func stage(_ key: String) -> Stage? { graph.names.stage(key.prefix { $0 != "." }) }
    func isInStage(_ key: String) -> Bool { if case .layer = stage(key) { true } else { false } }
    let keys = checkpoint.stateDict.keys.filter { !own.contains($0) && stage($0) != .head }
    guard let first = keys.first(where: isInStage) ?? keys.first else { return [] }
    let isDeeper = isInStage(first)
    return [
      PreflightFinding(
        isDeeper ? .wrongNetwork : .mapping, isDeeper ? .error : .warning, at: nil,
        "load_state_dict stops: \(keys.count) keys of \(file) have no place in the network",
        because: "the first is \(first)" + (isDeeper ? ": the file holds another network" : ""),
        instead: isDeeper ? nil : "load_state_dict(state, strict=False)")
    ]
  }

  private var reason: PreflightFinding {
    let keys = arrival.stages.reduce(0) { $0 + $1.all }
    let what =
      "load_state_dict stops: \(arrival.loaded.count) of \(keys) keys of \(file) fit by name"
    func finding(
      _ kind: PreflightFinding.Kind, _ why: String, _ instead: String? = nil
    ) -> PreflightFinding {
      PreflightFinding(kind, .error, at: nil, what, because: why, instead: instead)
    }
    guard let report = mapping?.report else {
      return finding(.nothingLoaded, "nothing of it fits")
    }
    if report.verdict == .complete {
      let prefix = report.source.prefix
      let isByName = report.loaded.allSatisfy { $0.source == prefix + $0.target }
      if isByName, !prefix.isEmpty {
        return finding(
          .wrongPrefix, "\(report.loaded.count) fit behind '\(prefix)'",
          "{k.removeprefix('\(prefix)'): v for k, v in state.items() if k.startswith('\(prefix)')}")
      }
      return finding(
        .otherNames,
        "the file has other names for the same parameters; 'pthconv map \(file) --backbone "
          + "\(graph.backbone) --flavor \(graph.flavor) --output FILE.pth' with the network's arguments "
          + "writes it with these")
    }
    if !report.source.contradictions.isEmpty {
      return finding(.wrongNetwork, report.source.contradictions.joined(separator: "; "))
    }
    if let first = arrival.mismatched.first {
      return finding(
        .wrongNetwork,
        "\(first.key) is \(Format.shape(first.file)) in the file and \(Format.shape(first.network)) "
          + "in the network")
    }
    return finding(
      arrival.hasWeights ? .partlyLoaded : .nothingLoaded,
      report.reasonForNothing.map { "likeliest: \($0)" }
        ?? "the file does not have \(arrival.missing.prefix(2).joined(separator: ", "))"
        + (arrival.missing.count > 2 ? ", …" : ""))
  }
}

extension UsedPreparation {
  /// The preparation of published weights, in place of a configuration's.
  init(usual preparation: Preparation) {
    mean = preparation.mean
    deviation = preparation.std
    isRGB = !preparation.isBGR
    orderKey = "bgr_to_rgb"
    (meanLocation, deviationLocation, orderLocation) = (nil, nil, nil)
  }
}
