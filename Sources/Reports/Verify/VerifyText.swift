import PthTensors
import PthBackbones
import PthBytes
import PthEngines
import PthKeyMapping

/// The report of `verify`, for a person: a verdict, a table for each comparison, how to repeat it.
package struct VerifyText {
  package let report: VerifyReport
  package let file: String
  package let style: TextStyle

  package init(_ report: VerifyReport, file: String, style: TextStyle = .plain) {
    self.report = report
    self.file = file
    self.style = style
  }

  package var text: String {
    var lines = verdict
    lines += style.wrapped(
      "\(file) in \(report.graph.backbone) (\(report.graph.flavor)), input \(inputText)")
    for comparison in report.comparisons { lines += section(comparison) }
    if report.comparisons.isEmpty {
      lines += ["", style.styled("Outputs", .bold)] + table(report.outputs)
      if let notFinite = report.notFinite {
        lines += style.wrapped("\(notFinite.name): \(notFinite.what)")
      }
    }
    if let layers = report.layers {
      lines += ["", style.styled("Layers", .bold)] + table(layers)
    }
    if !report.skipped.isEmpty {
      lines += ["", style.styled("Not compared", .bold)]
      lines += report.skipped.flatMap { style.wrapped("\($0.kind.rawValue): \($0.reason)") }
    }
    lines += random
    if !report.input.python.isEmpty {
      lines += ["", style.styled("The same input in Python", .bold)]
      lines += report.input.python.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var verdict: [String] {
    let failed = report.comparisons.filter { !$0.passes }
    if let divergence = report.firstDivergence, !report.passes {
      let kinds = failed.map(\.kind.rawValue).joined(separator: ", ")
      let text = failed.isEmpty ? "failed" : "failed: \(kinds)"
      return style.wrapped("\(text); first divergence at \(divergence.name)", .red)
    }
    if report.comparisons.isEmpty {
      return style.wrapped("nothing was compared; the outputs are finite", .yellow)
    }
    let kinds = report.comparisons.map(\.kind.rawValue).joined(separator: ", ")
    return style.wrapped(
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
    var lines = ["", style.styled("\(comparison.kind.rawValue): ", .bold) + what]
    lines += table(comparison.stages)
    if let divergence = comparison.firstDivergence {
      lines += style.wrapped("first divergence: \(divergence.name): \(divergence.what)")
    }
    if let explanation = comparison.explanation { lines += style.wrapped(explanation) }
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
      }, width: style.width)
    return [style.styled(layout.line(columns.map(\.title)), .bold)]
      + zip(stages, rows).map { stage, row in
        let line = layout.line(row)
        return stage.passes ? line : style.styled(line, .red)
      }
  }

  private var random: [String] {
    let count = report.load.missing.count + report.load.mismatched.count
    guard count > 0 else { return [] }
    let stages =
      report.randomStages.isEmpty
      ? "no output depends on them"
      : "\(report.randomStages.joined(separator: ", ")) depend on them"
    return ["", style.styled("Random weights", .bold)]
      + style.wrapped(
        "\(count) keys are not in the file and as init_weights leaves them (--init-seed): \(stages)"
      )
  }
}
