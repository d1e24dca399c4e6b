import Glibc
import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports
import PthTensors

/// Checks whether the run prepares images as in training, by the statistics that the file recorded.
struct ImagesCheck {
  /// How the run prepares images; nil if the configuration does not say.
  let used: UsedPreparation?
  /// The path of the backbone in the configuration.
  let backbone: String
  let state: StateDict
  let mapping: KeyMapping
  /// The file's name as findings show it.
  let file: String
  /// Whether a network's name was given in place of a configuration.
  var isNamed = false

  /// The preparation of the file's training images, found with the photographs, and whether the run agrees.
  func result(_ images: WitnessImages) -> PreflightReport.Images {
    var result = PreflightReport.Images(
      file: file, backbone: backbone, imageCount: images.pictures.count,
      size: images.size, isNamed: isNamed)
    do {
      let weights = try LoadedBackbone(mapping, from: state).weights
      let report = try PreparationReport(mapping, weights, images, named: used?.preparation)
      result.report = report
      guard report.finding.scale != nil else {
        result.reason = "the file's statistics fit none of the usual preparations of these images"
        return result
      }
      guard let named = report.finding.named else {
        result.reason = "the configuration does not say how images are prepared"
        return result
      }
      result.agrees = agrees(report.finding, named)
      if result.agrees == nil {
        result.reason = "the configuration's preparation fits a little worse than the best"
      }
    } catch {
      result.reason = "\(error)"
    }
    return result
  }

  /// The misfit by which the run's preparation must be worse than the best one. Documents and drawings have about three
  /// times the contrast of photographs, which is a misfit up to 2.4 without another preparation.
  private static let certainMargin = 2.4
  /// A contrast (the logarithm of a ratio of variances) that no kind of images explains: twelve times the deviation.
  private static let impossibleContrast = 5.0

  /// Whether the run prepares images as in training; nil if that is not certain.
  private func agrees(
    _ finding: PreparationFinding, _ named: PreparationFinding.Candidate
  ) -> Bool? {
    let margin = named.misfit - finding.candidates[0].misfit
    if margin >= Self.certainMargin { return false }
    guard named.misfit <= PreparationFinding.acceptableMisfit,
      margin < PreparationFinding.certainMargin
    else { return nil }
    return finding.isBGR == nil || finding.isBGR != used?.isRGB
  }

  /// Findings if the photographs show that the run prepares images in another way than in training.
  func findings(_ result: PreflightReport.Images) -> [PreflightFinding] {
    guard result.agrees == false, let finding = result.report?.finding, let named = finding.named,
      let scale = finding.scale, let used
    else { return [] }
    let margin = named.misfit - finding.candidates[0].misfit
    let isBGR = finding.isBGR ?? used.isRGB.map { !$0 } ?? false
    let line = used.line(PublishedPreparation(Preparation(scale, isBGR: isBGR)))
    let images = "\(result.imageCount) images of \(result.size)×\(result.size)"
    guard margin >= Self.certainMargin else {
      return [
        PreflightFinding(
          .channelOrder, .warning, at: used.orderLocation,
          "\(file) recorded statistics that these images have as \(isBGR ? "BGR" : "RGB"); "
            + (isNamed ? "weights of this name want" : "the run gives")
            + " \(isBGR ? "RGB" : "BGR")",
          because:
            "so say its first batch norms on \(images). Images of unusual colours (under water, "
            + "infrared) may give the opposite result", instead: line)
      ]
    }
    let isSure =
      abs(named.contrast) - abs(finding.candidates[0].contrast) >= Self.impossibleContrast
    return [
      PreflightFinding(
        .preparation, isSure && !isNamed ? .error : .warning, at: location(used, scale),
        (isNamed
          ? "\(file) was trained otherwise than published weights of this name"
          : "images are prepared otherwise than \(file) was trained")
          + ": its statistics are those of \(scale.text)",
        because:
          "on \(images), prepared as \(isNamed ? "those want" : "the run does"), its first batch norm sees "
          + "\(Self.factor(named.contrast)) the contrast that it recorded in training; as "
          + "\(scale.text), \(Self.factor(finding.candidates[0].contrast))"
          + (isSure ? "" : ". Documents and drawings may have another contrast than photographs")
          + (finding.isBGR == nil
            ? ". The order of the colours cannot be told: the line below keeps \(isNamed ? "that of the name" : "the run's")"
            : ""),
        instead: line)
    ]
  }

  /// The ratio of the observed to the recorded standard deviation, as text. Half, since `contrast` is of variances.
  private static func factor(_ contrast: Double) -> String {
    "\(Format.significant(exp(contrast / 2), digits: 2)) times"
  }

  /// The location of the wrong value: the standard deviation, or the mean if the standard deviation is right.
  private func location(_ used: UsedPreparation, _ scale: Preparation.Scale) -> ConfigLocation? {
    let isDeviation =
      used.deviation.map { deviation in
        zip(deviation, scale.std).contains { abs($0 - $1) > 0.2 * $1 }
      } ?? true
    return isDeviation ? used.deviationLocation : used.meanLocation
  }
}

extension PublishedPreparation {
  init(_ preparation: Preparation) {
    self.init(
      isRGB: !preparation.isBGR, mean: preparation.mean, deviation: preparation.std)
  }
}

extension UsedPreparation {
  /// The preparation to run a network with; nil if the configuration does not give mean, deviation and order.
  var preparation: Preparation? {
    guard let mean, let deviation, let isRGB,
      // The configuration's values are in the network's order of colours; `Own` takes RGB.
      let own = Preparation.Own(
        mean: isRGB ? mean : mean.reversed(), std: isRGB ? deviation : deviation.reversed())
    else { return nil }
    return Preparation(own, isBGR: !isRGB)
  }
}
