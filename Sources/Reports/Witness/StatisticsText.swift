/// The section `statistics` in the text of `verify`.
struct StatisticsText {
  let report: StatisticsReport
  let style: TextStyle
  /// Whether every norm is listed, not only the worst ones.
  let listsAll: Bool

  /// The number of norms listed otherwise: those with the largest misfit.
  private static let shownCount = 5

  var lines: [String] {
    let images =
      report.imageCount == report.foundCount
      ? "\(report.imageCount) images" : "\(report.imageCount) of \(report.foundCount) images"
    var lines = ["", style.styled("statistics: ", .bold) + "what the batch norms see of \(images)"]
    let prepared = report.preparation.preparation.text
    lines += style.wrapped(
      "\(report.size)×\(report.size), \(prepared)"
        + (report.preparation.scale == nil
          ? " (the best of those tried; the statistics do not tell it)" : ""))
    lines +=
      WitnessImages.sentence(repeated: report.repeatedCount).map { style.wrapped($0) } ?? []
    lines += report.unreadable.flatMap { style.wrapped("cannot be read: \($0)") }
    let recorded = report.recorded
    if !recorded.isEmpty { lines += table(recorded) }
    let counts =
      "\(recorded.filter(\.agrees).count) of \(recorded.count) batch norms see what they recorded"
    lines += style.wrapped(counts)
    if let objection = report.objection { lines += style.wrapped(objection) }
    for alternative in report.alternatives {
      lines += style.wrapped("\(alternative.change.text(style)): \(text(alternative))")
    }
    if let exchanges { lines += style.wrapped(exchanges) }
    let limits = report.notExcluded
    if !limits.isEmpty {
      lines += ["", style.styled("What the statistics do not exclude", .bold)]
      lines += limits.flatMap { style.wrapped("- \($0)") }
    } else if let last = report.lastNorm {
      lines += style.wrapped("what follows \(last) is seen by no norm")
    }
    return lines
  }

  /// What is known of weights and biases of norms whose outputs are added; nil if there are none.
  private var exchanges: String? {
    let count = report.exchanges.count
    guard count > 0 else { return nil }
    let worse = report.exchanges.count { $0.answer == .worse }
    return
      "weight and bias of two norms exchanged whose outputs are added: agrees worse for \(worse) of "
      + "\(count) pair\(count == 1 ? "" : "s")"
  }

  private func text(_ alternative: StatisticsReport.Alternative) -> String {
    let figures =
      "\(Format.fixed(alternative.ratio, digits: 2)) times the divergence, "
      + "\(Format.fixed(alternative.deviations, digits: 1)) standard deviations"
    return switch alternative.answer {
    case .better: "agrees better (the target has \(figures))"
    case .worse: "agrees worse (the target has \(figures))"
    case .untold: "cannot be told from the target (which has \(figures))"
    }
  }

  private func table(_ recorded: [NormFigures]) -> [String] {
    let shown =
      listsAll
      ? recorded
      : recorded.enumerated().sorted {
        ($1.element.misfit, $0.offset) < ($0.element.misfit, $1.offset)
      }
      .prefix(Self.shownCount).map(\.element)
    let titles = [
      "norm", "after", "shift", "by chance", "spread", "by chance", "tail", "by chance", "off", "",
    ]
    let rows = shown.map { norm in
      [
        Format.printable(norm.name), Format.printable(norm.feeder), figure(norm.shift),
        figure(norm.shiftNoise), figure(norm.spread), figure(norm.spreadNoise), figure(norm.tail),
        figure(norm.tailNoise), "\(Format.fixed(100 * norm.offShare, digits: 0)) %",
        norm.agrees ? "pass" : "FAIL",
      ]
    }
    let layout = ColumnLayout(
      titles: titles, rows: rows, expendable: [3, 5, 7], width: style.width)
    return [style.styled(layout.line(titles), .bold)]
      + zip(shown, rows).map { norm, row in
        norm.agrees ? layout.line(row) : style.styled(layout.line(row), .red)
      }
  }

  private func figure(_ value: Double) -> String {
    value < 1000 ? Format.fixed(value, digits: 3) : Format.scientific(value, digits: 1)
  }
}
