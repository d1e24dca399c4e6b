import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// The parts of a run that need images.
extension VerifyRun {
  func witness(_ images: WitnessImages) -> Witness {
    Witness(
      stateDict: stateDict, mapping: mapping, options: sourceOptions, images: images,
      engine: options.engines[0], threads: options.threads)
  }

  /// The number of images times the number of networks that they are run through for the statistics.
  func passes(_ images: WitnessImages) -> Int {
    witness(images).passes * images.pictures.count
  }

  /// The labels by the file's own classifier.
  ///
  /// They are hidden if the target differs from the file's own network: they would be labels of another network.
  func labels(
    of images: WitnessImages, _ preparation: Preparation, _ report: VerifyReport,
    _ source: SourceNetwork, _ engine: any InferenceEngine
  ) throws -> LabelReport.Outcome {
    if let doubt = source.doubts.first { return .hidden(doubt) }
    guard source.graph == nil else {
      return .hidden("the target does something else than the file's own network")
    }
    if let place = report.notFinite { return .hidden("\(place.name): \(place.what)") }
    guard definition?.poolsBeforeClassifier == true else {
      return .hidden(
        "what \(mapping.target.backbone) does in front of its classifier is not known")
    }
    do {
      let prefix = mapping.report.source.detection?.prefix ?? mapping.report.source.prefix
      let classifier = try Classifier(in: stateDict, besidePrefix: prefix)
      return .shown(try LabelReport(classifier, engine, images, preparation))
    } catch let absent as Classifier.Absent {
      return .hidden(absent.reason)
    }
  }

  private var definition: BackboneDefinition? {
    sourceOptions.registry.definitions.first { $0.name == mapping.target.backbone }
  }

  /// The file's own network, if its names leave the arithmetic open and the statistics decide that: every
  /// implementation that computes something else than the target agrees worse.
  ///
  /// Nil if the names decide the arithmetic, or if the statistics do not.
  func settledSource(_ statistics: StatisticsReport?) throws -> SourceNetwork? {
    guard let statistics, mapping.origin == nil, let definition,
      let detection = mapping.report.source.detection, !detection.isUnknownVariant,
      detection.assumptions.contains(where: {
        $0.code == LoadWarning.Code.arithmeticUnknown.rawValue
      }), statistics.tellsArithmetic(definition.openArguments)
    else { return nil }
    for flavor in definition.flavors {
      var options = sourceOptions
      options.sourceFlavor = flavor
      guard
        let asked = try? KeyMapping(of: stateDict, to: mapping.target, options: options)
      else { continue }
      let source = try SourceNetwork(of: asked, stateDict, options)
      if source.graph == nil, source.doubts.isEmpty { return source }
    }
    return nil
  }
}

extension StatisticsReport {
  /// Whether all alternatives with another arithmetic agree worse with the statistics.
  ///
  /// - Parameter arguments: The arguments in which implementations differ.
  fileprivate func tellsArithmetic(_ arguments: Set<String>) -> Bool {
    let others = alternatives.filter {
      $0.change.flavor != nil || !arguments.isDisjoint(with: $0.change.arguments.names)
    }
    return !others.isEmpty && others.allSatisfy { $0.answer == .worse }
  }
}
