extension LabelReport.Outcome {
  /// The most images whose labels the text shows; `--json` has all.
  private static let shownCount = 8

  /// The section `Labels` in the text of `verify`.
  func lines(_ style: TextStyle) -> [String] {
    switch self {
    case .hidden(let reason):
      return ["", style.styled("Labels", .bold)] + style.wrapped("not shown: \(reason)")
    case .shown(let report):
      let more = report.answers.count - Self.shownCount
      return ["", style.styled("Labels", .bold)] + style.wrapped(report.heading)
        + report.answers.prefix(Self.shownCount).flatMap { answer in
          style.wrapped(
            "\(answer.path): \(answer.guesses.map(\.text).joined(separator: ", "))", indent: 2)
        } + (more > 0 ? style.wrapped("and \(more) more images" + style.advice(" (--json)")) : [])
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .hidden(let reason): writer.field("hidden", reason)
      case .shown(let report):
        writer.field("hidden", String?.none)
        writer.field("classifier", report.classifier)
        writer.field("classes", report.classes)
        writer.field("preparation", report.preparation.name)
        writer.field("what", report.heading)
        writer.objects("images", report.answers) { writer, answer in
          writer.field("file", answer.path)
          writer.objects("top", answer.guesses) { writer, guess in
            writer.field("class", guess.index)
            writer.field("label", guess.label)
            writer.field("probability", guess.probability)
          }
        }
      }
    }
  }
}
