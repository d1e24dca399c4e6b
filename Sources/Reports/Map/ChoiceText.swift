import PthBackbones
import PthKeyMapping

/// The target's arguments that the request left open, for the first lines of a report.
enum ChoiceText {
  /// Sentences about the values taken from the file, each default, and the most similar published network.
  static func sentences(_ report: LoadReport) -> [String] {
    var taken: [String] = []
    var sentences: [String] = []
    for choice in report.choices {
      let text = "\(choice.argument) \(choice.value.string ?? "\(choice.value)")"
      switch choice.origin {
      case .file: if !choice.isUsual { taken.append(text) }
      case .standard:
        sentences.append("\(text) is a default: the file was not recognised as \(report.backbone)")
      }
    }
    if !taken.isEmpty {
      sentences.insert("taken from the file: \(taken.joined(separator: ", "))", at: 0)
    }
    // After an alignment, names were assigned by the order of shapes, so they are no evidence.
    let own =
      report.loaded.contains { $0.how == .alignment }
      ? "shapes, in their order," : "names and shapes"
    if let detection = report.source.detection, let published = detection.published {
      sentences.append(
        detection.isWhole && published.isWhole
          ? "\(own) are those of \(published.name)"
          : "the closest published network is \(published.name): \(Format.percent(published.share)) of it is "
            + "in the file")
    }
    return sentences
  }
}
