import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports
import PthTensors

/// Finds how much of a backbone a file fills, and the reason if keys do not arrive.
struct Diagnosis {
  let entry: CheckpointEntry
  let view: LoaderView
  let backbone: BackboneEntry
  let graph: ModelGraph
  let arrival: Arrival
  let mapping: KeyMapping?
  /// The file's name as findings show it.
  let file: String
  let stripsBackbone: Bool

  var findings: [PreflightFinding] {
    if arrival.isComplete { return warnings }
    return [reason] + severalStateDicts
  }

  /// Whether the run stops: mmengine asserts that at least one key has the given prefix.
  var stopsTheRun: Bool { entry.prefix.map { behind($0) == 0 } ?? false }

  // MARK: Something does not arrive

  /// The sentence about what arrives, without the reason.
  private var outcome: String {
    let keys = arrival.stages.reduce(0) { $0 + $1.all }
    let place = entry.scope == .backbone ? "" : " of \(backbone.place.path)"
    if stopsTheRun {
      return "the run stops: nothing in \(file) lies behind '\(entry.prefix ?? "")'"
    }
    if !arrival.hasWeights, !arrival.loaded.isEmpty {
      return
        "of \(file) only \(arrival.loaded.count) of \(keys) keys arrive\(place), and they are vectors of norms: "
        + "all convolutions start at random"
    }
    if !arrival.hasWeights {
      return "no weight of \(file) arrives\(place): the backbone starts at random"
    }
    let stages = arrival.stages.filter { $0.loaded < $0.all }
    let parts = stages.map { "\($0.stage) (\($0.loaded) of \($0.all))" }.joined(separator: ", ")
    return
      "\(arrival.loaded.count) of \(keys) keys\(place) arrive from \(file); not whole: \(parts)"
  }

  /// The number of the file's keys with a prefix.
  private func behind(_ prefix: String) -> Int {
    let dotted = prefix.hasSuffix(".") ? prefix : prefix + "."
    return view.state.keys.count { $0.hasPrefix(dotted) }
  }

  private var reason: PreflightFinding {
    if let elsewhere = view.elsewhere, arrival.loaded.isEmpty {
      return finding(
        .stateDictElsewhere,
        "the weights are under '\(elsewhere)'; the loader looks under 'state_dict' and at the top",
        instead: entry.line(prefix: prefixInside, checkpoint: "FILE.pth"),
        note: "; 'pthconv convert' writes a file with its keys at the top")
    }
    guard let report = mapping?.report else { return finding(generic, "") }
    let places = Set(report.loaded.map(\.how))
    guard report.verdict == .complete || report.verdict == .foreign else {
      let contradictions = report.source.contradictions
      guard contradictions.isEmpty else {
        return finding(.wrongNetwork, contradictions.joined(separator: "; "))
      }
      if report.verdict == .nothing {
        return finding(
          arrival.hasWeights ? .partlyLoaded : .nothingLoaded,
          report.reasonForNothing.map { "likeliest: \($0)" } ?? "no weight of it fits")
      }
      let prefix = report.source.prefix
      if prefix != expectedPrefix, report.loaded.count > arrival.loaded.count {
        return misplaced(prefix, report)
      }
      return finding(generic, shapes)
    }
    if places.contains(.rule) || places.contains(.alignment) {
      return finding(
        .otherNames,
        "the file has other names for the same parameters; the loader takes equal names only",
        instead: entry.line(prefix: nil, checkpoint: "FILE.pth"),
        note: "; 'pthconv map FILE --backbone \(graph.backbone) --flavor \(graph.flavor) "
          + "--output …' writes it")
    }
    return misplaced(report.source.prefix, report)
  }

  /// The prefix of the backbone's keys within the state dict of the file; nil if there is none.
  private var prefixInside: String? {
    guard let prefix = mapping?.report.source.prefix else { return entry.prefix }
    return prefix.isEmpty ? nil : prefix
  }

  private var generic: PreflightFinding.Kind {
    arrival.hasWeights ? .partlyLoaded : .nothingLoaded
  }

  /// The sentence about tensors of another shape.
  private var shapes: String {
    guard let first = arrival.mismatched.first else {
      return "the file does not have " + Self.names(arrival.missing)
    }
    return "\(first.key) is \(Format.shape(first.file)) in the file and "
      + "\(Format.shape(first.network)) in the backbone"
  }

  private static func names(_ keys: [String]) -> String {
    keys.prefix(2).joined(separator: ", ") + (keys.count > 2 ? ", …" : "")
  }

  /// The prefix behind which the loader looks for the backbone.
  private var expectedPrefix: String {
    switch entry.scope {
    case .backbone:
      stripsBackbone
        ? "backbone." : entry.prefix.map { $0.hasSuffix(".") ? $0 : $0 + "." } ?? ""
    case .owner: "backbone."
    case .model: backbone.modelPrefixes[0]
    }
  }

  /// A finding that the file has the weights behind another prefix, or without one.
  private func misplaced(_ prefix: String, _ report: LoadReport) -> PreflightFinding {
    let place = prefix.isEmpty ? "without a prefix" : "behind '\(prefix)'"
    let count = "\(report.loaded.count) of its keys fit \(place)"
    guard entry.scope == .backbone else {
      let pretrained = "init_cfg=dict(type='Pretrained', checkpoint='\(entry.written)'"
      if prefix.isEmpty {
        return finding(
          .backboneForDetector,
          "the file is a backbone (\(count)); \(entry.path) loads the whole model, "
            + "whose names begin with '\(expectedPrefix)'",
          instead: "backbone=dict(\(pretrained)))")
      }
      return finding(
        .wrongPrefix, "\(count); \(entry.path) looks behind '\(expectedPrefix)'",
        instead: "backbone=dict(\(pretrained), prefix='\(prefix)'))")
    }
    let parts = view.detectorParts(beside: prefix)
    let looked =
      expectedPrefix.isEmpty
      ? "the loader is told no prefix" : "the loader looks behind '\(expectedPrefix)'"
    let line = entry.line(prefix: prefix.isEmpty ? nil : prefix)
    guard parts.isEmpty || prefix.isEmpty else {
      return finding(
        .detectorForBackbone,
        "the file is a whole detector (it has \(Self.names(parts)) too): \(count); \(looked)",
        instead: line)
    }
    return finding(.wrongPrefix, "\(count); \(looked)", instead: line)
  }

  private func finding(
    _ kind: PreflightFinding.Kind, _ why: String, instead: String? = nil, note: String = ""
  ) -> PreflightFinding {
    let isPrefix = kind == .wrongPrefix && entry.prefixLocation != nil
    return PreflightFinding(
      kind, isImagesOwn ? .warning : .error, at: isPrefix ? entry.prefixLocation : entry.location,
      outcome,
      because: why + note, instead: instead)
  }

  /// Whether everything but the first convolution arrives because the images do not have 3 channels, as the
  /// configuration intends.
  private var isImagesOwn: Bool {
    guard graph.inputChannels != 3, arrival.missing.isEmpty, arrival.mismatched.count == 1,
      let first = arrival.mismatched.first
    else { return false }
    return first.file.count == 4 && first.file[0] == first.network[0]
      && first.file[1] != first.network[1] && first.file.dropFirst(2) == first.network.dropFirst(2)
  }

  // MARK: All of it arrives

  /// The warnings of `map` that matter for the run.
  private var warnings: [PreflightFinding] {
    let exact = view.mapping(to: graph, prefix: Self.asked(expectedPrefix)) ?? mapping
    guard let exact else { return [] }
    let values =
      (try? exact.valueWarnings(in: view.checkpoint.stateDict, elementLimit: 1_000_000)) ?? []
    let extra = furtherBlocks(exact)
    if let first = extra.first {
      return [
        PreflightFinding(
          .wrongNetwork, .error, at: entry.location,
          "all keys arrive, from a deeper network: \(file) has more blocks in the same stages",
          because: (["\(extra.count) keys have no place, the first is \(first)"]
            + exact.report.source.contradictions).joined(separator: "; "))
      ] + severalStateDicts
    }
    let told = (exact.report.warnings + values).filter { !isAboutLess($0, exact) }
    return told.compactMap { Self.finding($0, at: entry.location, file) } + severalStateDicts
  }

  private static func finding(
    _ warning: LoadWarning, at location: ConfigLocation?, _ file: String
  ) -> PreflightFinding? {
    severities[warning.code].map {
      PreflightFinding(
        .mapping, $0, at: location,
        "all keys arrive from \(file); map warns: \(warning.code.rawValue)", because: warning.text)
    }
  }

  /// The warnings of `map` if all keys arrive, without a configuration.
  static func warnings(of mapping: KeyMapping?, _ file: String) -> [PreflightFinding] {
    (mapping?.report.warnings ?? []).compactMap { finding($0, at: nil, file) }
  }

  /// The file's keys of blocks that the network does not have, in stages that the network has: the file is a deeper
  /// network, of which only the first blocks are loaded.
  private func furtherBlocks(_ mapping: KeyMapping) -> [String] {
    let prefix = expectedPrefix
    var blocks = Set<Substring>()
    var stages = Set<Substring>()
    for entry in graph.state {
      guard let (stage, block) = block(entry.name[...]) else { continue }
      stages.insert(stage)
      blocks.insert(block)
    }
    return mapping.report.unusedInNetwork.map(\.source).filter { key in
      guard key.hasPrefix(prefix), let (stage, block) = block(key.dropFirst(prefix.count))
      else { return false }
      return stages.contains(stage) && !blocks.contains(block)
    }
  }

  /// The stage `layer3` and the block `layer3.6` of `layer3.6.conv1.weight`.
  private func block(_ key: Substring) -> (stage: Substring, block: Substring)? {
    let parts = key.split(separator: ".", maxSplits: 2)
    guard parts.count == 3, case .layer = graph.names.stage(parts[0]), Int(parts[1]) != nil else {
      return nil
    }
    return (parts[0], key[..<parts[1].endIndex])
  }

  /// The file's keys in stages of the network that the network does not have. Empty with `plugins`, since added
  /// modules are not checked.
  private func strangers(_ mapping: KeyMapping) -> [String] {
    guard backbone.place.value("plugins") == nil else { return [] }
    return mapping.report.unusedInNetwork.map(\.source).filter { !liesBehind($0) }
  }

  /// Whether a key belongs to a stage after the network's last one.
  private func liesBehind(_ key: String) -> Bool {
    let stages = key.split(separator: ".").lazy.compactMap { graph.names.stage($0) }
    guard case .layer(let number) = stages.first else { return false }
    return number > graph.lastStage
  }

  /// Whether a warning is only about parts that the network intentionally lacks: stages after its last one, or added
  /// modules, which are not checked.
  private func isAboutLess(_ warning: LoadWarning, _ mapping: KeyMapping) -> Bool {
    guard strangers(mapping).isEmpty else { return false }
    return warning.code == .unusedInNetwork
      || Self.aboutStages.contains(warning.code)
        && view.checkpoint.stateDict.keys.contains(where: liesBehind)
  }

  /// Warnings that any file with more stages than the network can cause.
  private static let aboutStages: Set<LoadWarning.Code> = [
    .contradictsFile, .flavorsComputeDifferently,
  ]

  private static func asked(_ prefix: String) -> String? { prefix.isEmpty ? nil : prefix }

  private static let severities: [LoadWarning.Code: PreflightFinding.Severity] = [
    .flavorsComputeDifferently: .warning, .contradictsFile: .warning, .unusedInNetwork: .warning,
    .notFinite: .error, .varianceNotPositive: .warning, .zeroNorm: .note,
  ]

  private var severalStateDicts: [PreflightFinding] {
    LoadWarning.severalStateDicts(in: view.checkpoint, canChoose: false).map {
      [
        PreflightFinding(
          .mapping, .note, at: entry.location,
          "\(file) holds more than one set of weights; the run loads "
            + (view.checkpoint.stateDictKey.isEmpty
              ? "what lies at the top" : "'\(view.checkpoint.stateDictKey)'"),
          because: $0.text)
      ]
    } ?? []
  }
}
