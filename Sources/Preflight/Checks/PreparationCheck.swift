import PthBackbones
import PthConfigs

/// Checks image preparation, and arguments that no tensor shows, against what a file is known to be trained with.
enum PreparationCheck {
  static func findings(
    _ config: Config, _ backbone: BackboneEntry, _ entry: CheckpointEntry, fileName: String
  ) -> [PreflightFinding] {
    // A file for the whole model is a detector, whose preparation its own configuration defines.
    guard entry.scope == .backbone,
      let known = PublishedPreparation.named(fileName, backbone.registry)
    else {
      return []
    }
    return argumentFindings(backbone, entry, known, fileName)
      + findings(
        UsedPreparation(config, backbone), known, fileName,
        "the file is published, and mmdet uses it so")
  }

  /// The findings for a file whose `meta` contains the configuration of its training.
  static func findings(
    _ config: Config, _ backbone: BackboneEntry, _ hints: FileHints, fileName: String
  ) -> [PreflightFinding] {
    guard PublishedPreparation.named(fileName, backbone.registry) == nil,
      let known = PublishedPreparation(hints)
    else {
      return []
    }
    return findings(
      UsedPreparation(config, backbone), known, fileName,
      "so says the configuration that the file keeps in its meta")
  }

  /// Compares the preparation of the run with the known one.
  ///
  /// - Parameter source: The reason why the file's preparation is known, for the findings.
  static func findings(
    _ used: UsedPreparation?, _ known: PublishedPreparation, _ fileName: String, _ source: String
  ) -> [PreflightFinding] {
    var findings: [PreflightFinding] = []
    guard let used else { return findings }
    if let isRGB = used.isRGB, isRGB != known.isRGB {
      findings.append(
        PreflightFinding(
          .channelOrder, .error, at: used.orderLocation,
          "\(fileName) sees colours in the wrong order: it was trained with "
            + "\(known.isRGB ? "RGB" : "BGR"), the run gives \(isRGB ? "RGB" : "BGR")",
          because: "\(used.writtenOrder(isRGB: isRGB)); \(source)",
          instead: used.line(known)))
      return findings
    }
    guard used.isRGB != nil else { return findings }
    if let mean = used.mean, !near(mean, known.mean, within: 3) {
      findings.append(
        different(
          "mean", used, known, fileName, source, given: mean, trained: known.mean,
          swapped: near(mean, known.mean.reversed(), within: 3)))
    } else if let deviation = used.deviation, !near(deviation, known.deviation, share: 0.05) {
      findings.append(
        different(
          "std", used, known, fileName, source, given: deviation, trained: known.deviation,
          swapped: false))
    }
    return findings
  }

  private static func argumentFindings(
    _ backbone: BackboneEntry, _ entry: CheckpointEntry, _ known: PublishedPreparation,
    _ fileName: String
  ) -> [PreflightFinding] {
    guard let graph = backbone.graph else { return [] }
    return backbone.registry.contradictions(of: graph, with: known.arguments).map { found in
      let isWritten = backbone.place[found.name] != nil
      return PreflightFinding(
        .style, .error, at: isWritten ? backbone.place.location(of: found.name) : entry.location,
        "all keys of \(fileName) fit, and the backbone computes something else with them",
        because: "the file was trained with \(found.name)=\(found.trained), the backbone has "
          + "\(found.own)" + (found.difference.map { ": \($0)" } ?? ""),
        instead: "\(found.name)=\(found.trained)")
    }
  }

  private static func different(
    _ key: String, _ used: UsedPreparation, _ known: PublishedPreparation, _ fileName: String,
    _ source: String, given: [Double], trained: [Double], swapped: Bool
  ) -> PreflightFinding {
    func text(_ numbers: [Double]) -> String {
      "[" + numbers.map { PublishedPreparation.text($0) }.joined(separator: ", ") + "]"
    }
    return PreflightFinding(
      swapped ? .channelOrder : .preparation, .error,
      at: key == "mean" ? used.meanLocation : used.deviationLocation,
      "images are prepared otherwise than \(fileName) was trained: \(key) \(text(given)) "
        + "in place of \(text(trained))",
      because: swapped
        ? "these are the colours' means in the reverse order; \(source)" : source,
      instead: used.line(known))
  }

  private static func near(_ one: [Double], _ other: [Double], within: Double) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) <= within }
  }

  private static func near(_ one: [Double], _ other: [Double], share: Double) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) <= share * abs($1) }
  }
}

extension PublishedPreparation {
  static func text(_ number: Double) -> String { "\(number)" }
}

/// The preparation of images for a backbone, as a configuration defines it.
struct UsedPreparation {
  let mean: [Double]?
  let deviation: [Double]?
  /// Whether the network gets RGB; nil if the configuration does not show it.
  let isRGB: Bool?
  /// The argument for the order of the colours: `bgr_to_rgb` or `to_rgb`; nil for detectron2.
  let orderKey: String?
  let meanLocation: ConfigLocation?
  let deviationLocation: ConfigLocation?
  let orderLocation: ConfigLocation?

  /// The order of the colours in the words of the configuration.
  func writtenOrder(isRGB: Bool) -> String {
    guard let orderKey else { return "INPUT.FORMAT is \(isRGB ? "RGB" : "BGR")" }
    return "\(orderKey)=\(isRGB ? "True" : "False"), and images are read as BGR"
  }

  /// The line of a configuration that asks for another preparation.
  func line(_ wanted: PublishedPreparation) -> String {
    func list(_ numbers: [Double]) -> String {
      "[" + numbers.map(PublishedPreparation.text).joined(separator: ", ") + "]"
    }
    let (mean, deviation) = (list(wanted.mean), list(wanted.deviation))
    guard let orderKey else {
      return "MODEL: {PIXEL_MEAN: \(mean), PIXEL_STD: \(deviation)}, "
        + "INPUT: {FORMAT: \(wanted.isRGB ? "RGB" : "BGR")}"
    }
    return "mean=\(mean), std=\(deviation), \(orderKey)=\(wanted.isRGB ? "True" : "False")"
  }

  /// The preparation of a detectron2 configuration.
  init(detectron2 settings: Detectron2Settings) {
    mean = settings.numbers("MODEL.PIXEL_MEAN")
    deviation = settings.numbers("MODEL.PIXEL_STD")
    isRGB = ["RGB": true, "BGR": false][settings.string("INPUT.FORMAT") ?? ""]
    orderKey = nil
    meanLocation = settings.location("MODEL.PIXEL_MEAN")
    deviationLocation = settings.location("MODEL.PIXEL_STD")
    orderLocation = settings.location("INPUT.FORMAT")
  }

  /// Nil if the configuration defines no preparation for this backbone.
  init?(_ config: Config, _ backbone: BackboneEntry) {
    guard let place = Self.place(config, backbone) else { return nil }
    mean = place["mean"]?.numbers
    deviation = place["std"]?.numbers
    let type = place.type ?? ""
    let isOld = ["ReIDDataPreprocessor", "ClsDataPreprocessor", "Normalize", ""].contains(type)
    let isWritten = ["to_rgb", "bgr_to_rgb"].first { place[$0] != nil }
    let orderKey = isWritten ?? (isOld ? "to_rgb" : "bgr_to_rgb")
    self.orderKey = orderKey
    meanLocation = place.location(of: "mean")
    deviationLocation = place.location(of: "std")
    orderLocation = place.location(of: orderKey)
    // With `rgb_to_bgr` the images were not read as BGR, so the order is not known.
    guard mean != nil || deviation != nil, place.value("rgb_to_bgr")?.bool != true else {
      isRGB = nil
      return
    }
    if let value = place[orderKey] {
      isRGB = value.bool
    } else {
      // The default of `Normalize` in 1.x and 2.x is to_rgb=True; preprocessors of 3.x do not convert by default.
      let isUsual = isOld || type.lowercased().hasSuffix("datapreprocessor")
      isRGB = isUsual ? ["Normalize", ""].contains(type) : nil
    }
  }

  private static func place(_ config: Config, _ backbone: BackboneEntry) -> Place? {
    let top = Place(config)
    let model = top.place("model")
    for owner in [backbone.owner, model, top] {
      guard let found = owner?.place("data_preprocessor") else { continue }
      // Semi-supervised training wraps another data_preprocessor.
      let inner = found["mean"] == nil ? found.place("data_preprocessor") : nil
      return inner ?? found
    }
    // A second network of the model may get other images.
    guard backbone.owner.path == "model" || backbone.owner.path == "model.detector" else {
      return nil
    }
    let pipelines =
      [top.place("data")?.place("train")?.places("pipeline"), top.places("train_pipeline")]
    for steps in pipelines {
      if let step = steps?.first(where: { $0.type == "Normalize" }) { return step }
    }
    return top.place("img_norm_cfg")
  }
}
