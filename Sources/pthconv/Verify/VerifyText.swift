import PthConvKit

/// The report of `verify`, for a person: a verdict, a table for each comparison, how to repeat it.
struct VerifyText {
  /// Columns of a table at most, whatever the terminal has.
  private static let tableWidth = 80

  let report: VerifyReport
  let file: String

  init(_ report: VerifyReport, file: String) {
    self.report = report
    self.file = file
  }

  var text: String {
    var lines = verdict
    lines += wrapped(
      "\(file) in \(report.graph.backbone) (\(report.graph.flavor)), input \(inputText)")
    for comparison in report.comparisons { lines += section(comparison) }
    if report.comparisons.isEmpty {
      lines += ["", Terminal.styled("Outputs", .bold)] + table(report.outputs)
    }
    if let layers = report.layers {
      lines += ["", Terminal.styled("Layers", .bold)] + table(layers)
    }
    if !report.skipped.isEmpty {
      lines += ["", Terminal.styled("Not compared", .bold)]
      lines += report.skipped.flatMap { wrapped("\($0.kind.rawValue): \($0.reason)") }
    }
    lines += random
    if !report.input.python.isEmpty {
      lines += ["", Terminal.styled("The same input in Python", .bold)]
      lines += report.input.python.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var verdict: [String] {
    func styled(_ text: String, _ style: Terminal.Style) -> [String] {
      TextWrap.lines(Terminal.printable(text), width: Terminal.width, indent: 0)
        .map { Terminal.styled($0, style) }
    }
    let failed = report.comparisons.filter { !$0.passes }
    if let divergence = report.firstDivergence, !report.passes {
      let kinds = failed.map(\.kind.rawValue).joined(separator: ", ")
      let text = failed.isEmpty ? "failed" : "failed: \(kinds)"
      return styled("\(text); first divergence at \(divergence.name)", .red)
    }
    if report.comparisons.isEmpty {
      return styled("nothing was compared; the outputs are finite", .yellow)
    }
    let kinds = report.comparisons.map(\.kind.rawValue).joined(separator: ", ")
    return styled(
      "passed: \(kinds); every stage within a relative L2 error of "
        + Format.short(report.tolerance), .green)
  }

  private var inputText: String {
    let shape = Format.shape(report.input.tensor.shape)
    return report.input.path.map { "\($0) \(shape)" } ?? "\(shape) from seed \(report.input.seed)"
  }

  private func section(_ comparison: VerifyReport.Comparison) -> [String] {
    let what =
      switch comparison.kind {
      case .referenceOutput: "the \(comparison.engine) engine against the original's outputs"
      case .sourceTarget: "the target against the checkpoint as it was trained"
      case .engines: "the \(comparison.engine) engine against the reference engine"
      }
    var lines = ["", Terminal.styled("\(comparison.kind.rawValue): ", .bold) + what]
    lines += table(comparison.stages)
    if let divergence = comparison.firstDivergence {
      lines += wrapped("first divergence: \(divergence.name): \(divergence.what)")
    }
    if let explanation = comparison.explanation { lines += wrapped(explanation) }
    return lines
  }

  /// A line for each stage, none longer than ``VerifyText/tableWidth``: a name that leaves no room for
  /// the figures stands alone on the line before them.
  private func table(_ stages: [StageReport]) -> [String] {
    let isCompared = stages.contains { $0.comparison != nil }
    let titles =
      ["mean", "std", "min", "max"] + (isCompared ? ["max err", "rel L2", "cosine"] : [])
    let widths = titles.map { max(6, $0.count) + 1 }
    let shapeWidth = max(5, stages.map { shape($0).count }.max() ?? 0)
    let verdictWidth = 5
    let room = Self.tableWidth - 2 - 1 - shapeWidth - widths.reduce(verdictWidth, +)
    let nameWidth = max(5, min(room, stages.map(\.name.count).max() ?? 0))
    func rows(_ name: String, _ shape: String, _ figures: [String]) -> [String] {
      let isLong = name.count > nameWidth
      let line =
        "  " + Format.column(isLong ? "" : name, nameWidth + 1)
        + Format.column(shape, shapeWidth)
        + zip(figures, widths).map { Format.column($0, $1, right: true) }.joined()
      return isLong ? ["  " + name, line] : [line]
    }
    return rows("stage", "shape", titles).map { Terminal.styled($0, .bold) }
      + stages.flatMap { stage in
        var figures = [stage.mean, stage.std, stage.min, stage.max].map(figure)
        if let comparison = stage.comparison {
          figures += [comparison.maxAbsError, comparison.relativeL2].map(figure)
          figures.append(Format.fixed(comparison.cosine, digits: comparison.cosine < 0 ? 3 : 4))
        }
        var lines = rows(stage.name, shape(stage), figures)
        if isCompared || !stage.passes {
          lines[lines.count - 1] += stage.passes ? " pass" : " FAIL"
        }
        return stage.passes ? lines : lines.map { Terminal.styled($0, .red) }
      }
  }

  private func shape(_ stage: StageReport) -> String {
    stage.shape.map(String.init).joined(separator: "×")
  }

  /// At most six characters: `-0.012`, `1.6e-6`.
  private func figure(_ value: Double?) -> String {
    guard let value else { return "-" }
    let forms =
      [3, 2, 1].map { Format.significant(value, digits: $0) }.filter { !$0.contains("e") }
      + [1, 0].map { Format.compactScientific(value, digits: $0) }
    // Few digits of a small number tell less than an exponent does.
    let isPlain = value == 0 || (abs(value) >= 0.01 && abs(value) < 1000) || !value.isFinite
    return (isPlain ? forms : forms.suffix(2)).first { $0.count <= 6 } ?? forms[forms.count - 1]
  }

  private var random: [String] {
    let count = report.load.missing.count + report.load.mismatched.count
    guard count > 0 else { return [] }
    let stages =
      report.randomStages.isEmpty
      ? "no output depends on them"
      : "\(report.randomStages.joined(separator: ", ")) depend on them"
    return ["", Terminal.styled("Random weights", .bold)]
      + wrapped(
        "\(count) keys are not in the file and as init_weights leaves them (--init-seed): \(stages)"
      )
  }

  private func wrapped(_ text: String) -> [String] {
    TextWrap.lines(Terminal.printable(text), width: Terminal.width, indent: 2)
  }
}
