import PthConvKit

/// The report of `verify`, for a person: a verdict, a table for each comparison, how to repeat it.
struct VerifyText {
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
      if let notFinite = report.notFinite {
        lines += wrapped("\(notFinite.name): \(notFinite.what)")
      }
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
    let failed = report.comparisons.filter { !$0.passes }
    if let divergence = report.firstDivergence, !report.passes {
      let kinds = failed.map(\.kind.rawValue).joined(separator: ", ")
      let text = failed.isEmpty ? "failed" : "failed: \(kinds)"
      return TextWrap.lines(
        "\(text); first divergence at \(divergence.name)", styled: .red)
    }
    if report.comparisons.isEmpty {
      return TextWrap.lines("nothing was compared; the outputs are finite", styled: .yellow)
    }
    let kinds = report.comparisons.map(\.kind.rawValue).joined(separator: ", ")
    return TextWrap.lines(
      "passed: \(kinds); every stage within a relative L2 error of "
        + Format.short(report.tolerance), styled: .green)
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

  private func table(_ stages: [StageReport]) -> [String] {
    let isCompared = stages.contains { $0.comparison != nil }
    let columns = VerifyColumn.all.filter { isCompared || !$0.needsComparison }
    let rows = stages.map { stage in columns.map { $0.cell(stage) } }
    let layout = ColumnLayout(
      titles: columns.map(\.title), rows: rows,
      expendable: VerifyColumn.expendable.compactMap { title in
        columns.firstIndex { $0.title == title }
      }, width: Terminal.width)
    return [Terminal.styled(layout.line(columns.map(\.title)), .bold)]
      + zip(stages, rows).map { stage, row in
        let line = layout.line(row)
        return stage.passes ? line : Terminal.styled(line, .red)
      }
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
