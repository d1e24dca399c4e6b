import PthBackbones
import PthConfigs
import PthReports

/// Checks of a detectron2 configuration: weights, image preparation, freezing, outputs, learning rate.
enum Detectron2Checks {
  // MARK: Weights

  static func missing(
    _ source: Detectron2Source, _ settings: Detectron2Settings
  ) -> PreflightFinding {
    let location = settings.location("MODEL.WEIGHTS")
    if let scheme = source.unknownScheme {
      return PreflightFinding(
        .unknownSource, .warning, at: location,
        "detectron2 itself has no loader for '\(scheme)://': it looks for a file of this name",
        because:
          "it knows detectron2://, catalog://, http:// and https://; a training script may add "
          + "others")
    }
    guard let url = source.url, let path = source.path else {
      return PreflightFinding(
        .notHere, .note, at: location,
        "'\(source.written)' is not here: what arrives cannot be told",
        because: source.path.map { "the run looks for \($0), from the folder it is started in" }
          ?? "detectron2's own catalog says where it lies; a copy of the file can be given as "
          + "checkpoint"
      )
    }
    return PreflightFinding(
      .notHere, .note, at: location,
      "\(source.fileName) is not on this machine: what arrives cannot be told",
      because: "the run downloads \(url); put it here: \(path)")
  }

  /// Compares the preparation of images, and the settings that no weight shows, with what a file was trained with.
  static func preparation(
    _ settings: Detectron2Settings, _ network: Detectron2Network, _ known: PublishedPreparation,
    _ file: String, because source: String = "the file is published, and detectron2 uses it so"
  ) -> [PreflightFinding] {
    let used = UsedPreparation(detectron2: settings)
    let findings = PreparationCheck.findings(used, known, file, source)
    guard let graph = network.graph, let section = network.section,
      !network.registry.contradictions(of: graph, with: known.arguments).isEmpty,
      let (setting, why, instead) = section.contradiction(
        settings.section(section), known.arguments)
    else { return findings }
    return findings + [
      PreflightFinding(
        .style, .error, at: settings.location("\(network.path).\(setting)"),
        "all keys of \(file) fit, and the backbone computes something else with them",
        because: "\(why); \(source)", instead: instead)
    ]
  }

  // MARK: Freezing

  static func frozen(
    _ settings: Detectron2Settings, _ network: Detectron2Network, random: [StateEntry],
    isWhole: Bool, hasSources: Bool
  ) -> [PreflightFinding] {
    guard !random.isEmpty, let freezeAt = settings.int("MODEL.BACKBONE.FREEZE_AT") else {
      return []
    }
    func isFrozen(_ stage: Stage) -> Bool {
      switch stage {
      case .stem: freezeAt >= 1
      case .layer(let number): number + 1 <= freezeAt
      case .head: false
      }
    }
    func names(_ entries: [StateEntry]) -> String {
      // detectron2's names of the stages, which are the first words of its keys.
      var words: [Stage: String] = [:]
      for entry in entries { words[entry.stage] = String(entry.name.prefix { $0 != "." }) }
      return words.sorted { $0.key < $1.key }.map(\.value).joined(separator: ", ")
    }
    var findings: [PreflightFinding] = []
    let frozen = random.filter { isFrozen($0.stage) }
    let place = settings.location("MODEL.BACKBONE.FREEZE_AT")
    let isWritten = settings.written("MODEL.BACKBONE.FREEZE_AT") != nil
    if !frozen.isEmpty {
      findings.append(
        PreflightFinding(
          .frozenButRandom, .error,
          at: hasSources || isWritten ? place : settings.location("MODEL"),
          "the stages \(names(frozen)) are frozen, and \(isWhole ? "they are" : "parts of them are") "
            + "random: they stay so",
          because: "FREEZE_AT is \(freezeAt)"
            + (isWritten ? " (\(place?.short ?? ""))" : ", which is detectron2's default")
            + ", and no file gives \(frozen.count) of their keys",
          instead: hasSources ? nil : "MODEL: {BACKBONE: {FREEZE_AT: 0}}"))
    }
    let norms = random.filter { $0.shape.count == 1 && $0.isBuffer && !isFrozen($0.stage) }
    if network.hasFrozenNorms(settings), !norms.isEmpty {
      findings.append(
        PreflightFinding(
          .normsOfNothing, .warning, at: settings.location(network.path + ".NORM"),
          "batch norms\(isWhole ? "" : " of \(names(norms))") keep mean 0 and variance 1 all through "
            + "training: they normalise nothing",
          because: "NORM is FrozenBN"
            + (settings.written(network.path + ".NORM") == nil
              ? ", which is detectron2's default," : "")
            + " and no file gives their statistics",
          instead: "NORM: \"BN\""))
    }
    if !hasSources {
      findings.append(
        PreflightFinding(
          .randomBackbone, .note, at: settings.location("MODEL.WEIGHTS"),
          "\(network.path) starts at random", because: "MODEL.WEIGHTS is empty"))
    }
    return findings
  }

  // MARK: Outputs

  /// An error if the FPN uses outputs that the backbone does not return.
  static func outputs(
    _ settings: Detectron2Settings, _ network: Detectron2Network
  ) -> [PreflightFinding] {
    guard network.section?.pyramidBuilders.contains(network.name) == true,
      let wanted = settings.strings("MODEL.FPN.IN_FEATURES"),
      let given = settings.strings(network.path + ".OUT_FEATURES")
    else { return [] }
    let absent = wanted.filter { !given.contains($0) }
    guard !absent.isEmpty else { return [] }
    return [
      PreflightFinding(
        .neckOutputs, .error, at: settings.location("MODEL.FPN.IN_FEATURES"),
        "the run stops: the pyramid takes \(absent.joined(separator: ", ")), which the backbone does "
          + "not return",
        because: "OUT_FEATURES is [\(given.joined(separator: ", "))] "
          + "(\(settings.location(network.path + ".OUT_FEATURES")?.short ?? "detectron2's default"))",
        instead: "OUT_FEATURES: [\((given + absent).map { "\"\($0)\"" }.joined(separator: ", "))]")
    ]
  }

  // MARK: Learning rate

  /// Checks batch size and learning rate.
  ///
  /// - Parameter bases: The configurations that this one is derived from, each complete, the nearest first.
  static func rate(
    _ settings: Detectron2Settings, bases: [(path: String, settings: Detectron2Settings)],
    _ options: PreflightOptions
  ) -> [PreflightFinding] {
    guard let batch = settings.int("SOLVER.IMS_PER_BATCH"),
      let rate = settings.double("SOLVER.BASE_LR"), (1...1 << 24).contains(batch), rate > 0,
      rate.isFinite
    else { return [] }
    let place = settings.location("SOLVER.BASE_LR")
    func text(_ value: Double) -> String { Format.significant(value, digits: 6) }
    var findings: [PreflightFinding] = []
    var size = batch
    var scaled = rate
    if let gpus = options.gpus, (1...1 << 20).contains(gpus) {
      let reference = settings.int("SOLVER.REFERENCE_WORLD_SIZE") ?? 0
      if reference > 0, reference != gpus, reference <= 1 << 20 {
        scaled = rate * Double(gpus) / Double(reference)
        size = Int((Double(batch) * Double(gpus) / Double(reference)).rounded(.toNearestOrEven))
        findings.append(
          PreflightFinding(
            .rate, .note, at: settings.location("SOLVER.REFERENCE_WORLD_SIZE"),
            "detectron2 makes the learning rate \(text(scaled)) and the batch \(size)",
            because: "REFERENCE_WORLD_SIZE is \(reference), and the run has \(gpus) GPUs"))
      }
      if size < 1 || size % gpus != 0 {
        findings.append(
          PreflightFinding(
            .batch, .error, at: settings.location("SOLVER.IMS_PER_BATCH"),
            "the run stops: \(size) images cannot be divided among \(gpus) GPUs",
            because: "IMS_PER_BATCH is the number of images on all GPUs together"))
      } else if let images = options.imagesPerGPU,
        case (let wanted, false) = images.multipliedReportingOverflow(by: gpus), wanted != size,
        wanted > 0
      {
        findings.append(
          PreflightFinding(
            .batch, .warning, at: settings.location("SOLVER.IMS_PER_BATCH"),
            "the run takes \(size) images at a time, \(size / gpus) on each GPU, not \(images)",
            because:
              "IMS_PER_BATCH is the number of images on all GPUs together, whatever their number",
            instead: "IMS_PER_BATCH: \(wanted), BASE_LR: "
              + text(scaled * Double(wanted) / Double(size))))
      }
    }
    let others = bases.compactMap { path, other -> (String, Double, Int)? in
      guard let rate = other.written("SOLVER.BASE_LR")?.double, rate > 0,
        let size = other.written("SOLVER.IMS_PER_BATCH")?.int, (1...1 << 24).contains(size)
      else { return nil }
      return (path.split(separator: "/").last.map(String.init) ?? path, rate, size)
    }
    guard let (name, base, baseSize) = others.first, baseSize != batch,
      abs(rate - base) <= 1e-9 * base
    else { return findings }
    return findings + [
      PreflightFinding(
        .rateNotScaled, .warning, at: place,
        "the learning rate \(text(rate)) is for batches of \(baseSize); the run has \(batch)",
        because: "\(name) has it with IMS_PER_BATCH \(baseSize). The rule was found for SGD",
        instead: "BASE_LR: \(text(base * Double(batch) / Double(baseSize)))")
    ]
  }

  /// A warning if batch norms take their statistics from one or two images.
  static func smallBatch(
    _ settings: Detectron2Settings, _ network: Detectron2Network, _ options: PreflightOptions
  ) -> [PreflightFinding] {
    guard let gpus = options.gpus, gpus > 0, settings.string(network.path + ".NORM") == "BN",
      let batch = settings.int("SOLVER.IMS_PER_BATCH"), batch > 0, batch % gpus == 0,
      settings.int("SOLVER.REFERENCE_WORLD_SIZE") == 0, batch / gpus < 3
    else { return [] }
    let count = batch / gpus
    return [
      PreflightFinding(
        .smallBatch, .warning, at: settings.location(network.path + ".NORM"),
        "batch norms of the backbone take mean and variance from \(count) "
          + "image\(count == 1 ? "" : "s") at a time",
        because:
          "NORM is BN and each GPU gets \(count) image\(count == 1 ? "" : "s")",
        instead: "NORM: \"FrozenBN\", or \"SyncBN\"")
    ]
  }
}
