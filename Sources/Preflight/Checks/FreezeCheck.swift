import PthBackbones
import PthConfigs

/// Findings about parameters that no file gives: frozen ones stay random, and norms without statistics do nothing.
enum FreezeCheck {
  /// - Parameter random: Parameters and buffers that no file gives.
  static func findings(
    _ backbone: BackboneEntry, _ graph: ModelGraph, random: [StateEntry], hasSources: Bool
  ) -> [PreflightFinding] {
    // If `frozen_stages` exceeds the stages, the run stops before.
    guard !random.isEmpty, backbone.exceededStages == nil else { return [] }
    var findings: [PreflightFinding] = []
    let isWhole = random.count == Arrival.keys(of: graph, without: backbone.absentRoles).count
    let frozen = random.filter { isFrozen($0.stage, backbone.frozenStages) }
    let location = cause(backbone)
    if !frozen.isEmpty {
      let stages = names(frozen.map(\.stage))
      let place = backbone.place.location(of: "frozen_stages")?.short ?? ""
      findings.append(
        PreflightFinding(
          .frozenButRandom, .error,
          at: hasSources ? backbone.place.location(of: "frozen_stages") : location,
          "the stages \(stages) are frozen, and \(isWhole ? "they are" : "parts of them are") "
            + "random: they stay so",
          because: "frozen_stages=\(backbone.frozenStages) (\(place)), and no file gives "
            + "\(frozen.count) of their keys",
          instead: hasSources ? nil : "frozen_stages=-1"))
    }
    let norms = random.filter { $0.shape.count == 1 && !isFrozen($0.stage, backbone.frozenStages) }
    if backbone.hasBatchNorm, backbone.normEval, norms.contains(where: { $0.isBuffer }) {
      findings.append(
        PreflightFinding(
          .normsOfNothing, .warning, at: backbone.place.location(of: "norm_eval"),
          "batch norms\(isWhole ? "" : " of \(names(norms.map(\.stage)))") keep mean 0 and variance 1 "
            + "all through training: they normalise nothing",
          because: "norm_eval is True, and no file gives their statistics",
          instead: "norm_eval=False"))
    }
    if !hasSources {
      findings.append(
        PreflightFinding(
          .randomBackbone, .note, at: location, "\(backbone.place.path) starts at random",
          because: "nothing is loaded into it"))
    }
    return findings
  }

  private static func names(_ stages: [Stage]) -> String {
    Set(stages).sorted().map(\.description).joined(separator: ", ")
  }

  private static func isFrozen(_ stage: Stage, _ frozenStages: Int) -> Bool {
    switch stage {
    case .stem: frozenStages >= 0
    case .layer(let number): number <= frozenStages
    case .head: false
    }
  }

  /// The location of the entry that loads nothing, or else of `frozen_stages`.
  private static func cause(_ backbone: BackboneEntry) -> ConfigLocation? {
    for key in ["init_cfg", "pretrained"] where backbone.place[key] != nil {
      return backbone.place.location(of: key)
    }
    if backbone.owner["pretrained"] != nil { return backbone.owner.location(of: "pretrained") }
    return backbone.place.location(of: "frozen_stages")
  }
}

/// Findings about two entries that load the same parameters: the later one replaces the earlier one.
enum RepeatedLoading {
  static func findings(_ entries: [CheckpointEntry], _ backbone: BackboneEntry)
    -> [PreflightFinding]
  {
    let place = backbone.place
    if let both = place.value("pretrained"), place.value("init_cfg") != nil,
      both.string != nil
    {
      return [
        PreflightFinding(
          .loadedTwice, .error, at: place.location(of: "pretrained"),
          "the run stops: pretrained and init_cfg cannot both be given",
          instead: "pretrained=None")
      ]
    }
    guard let last = entries.last, last.scope == .model, entries.count > 1 else { return [] }
    return [
      PreflightFinding(
        .loadedTwice, .note, at: last.location,
        "\(last.path) is loaded after init_weights and replaces what \(entries[0].path) gives",
        because: "where both have a parameter, \(last.path) takes effect")
    ]
  }
}
