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
    var lines = [verdict]
    lines += wrapped(
      "\(file) in \(report.graph.backbone) (\(report.graph.flavor)), input \(inputText)")
    for comparison in report.comparisons { lines += section(comparison) }
    if report.comparisons.isEmpty {
      lines += ["", Terminal.styled("Outputs", .bold)] + table(report.outputs)
    }
    if let layers = report.layers {
      lines += ["", Terminal.styled("Layers", .bold)] + table(layers, nameWidth: 34)
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

  private var verdict: String {
    let failed = report.comparisons.filter { !$0.passes }
    if let divergence = report.firstDivergence, !report.passes {
      let kinds = failed.map(\.kind.rawValue).joined(separator: ", ")
      let text = failed.isEmpty ? "failed" : "failed: \(kinds)"
      return Terminal.styled(
        Terminal.printable("\(text); first divergence at \(divergence.name)"), .red)
    }
    if report.comparisons.isEmpty {
      return Terminal.styled("nothing was compared; the outputs are finite", .yellow)
    }
    let kinds = report.comparisons.map(\.kind.rawValue).joined(separator: ", ")
    return Terminal.styled(
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

  private func table(_ stages: [StageReport], nameWidth: Int = 8) -> [String] {
    let isCompared = stages.contains { $0.comparison != nil }
    let shapeWidth = max(6, stages.map { shape($0).count }.max() ?? 0) + 1
    func row(_ name: String, _ shape: String, _ figures: [String]) -> String {
      Format.column("  " + Format.elided(name, nameWidth), nameWidth + 2)
        + Format.column(shape, shapeWidth)
        + figures.map { Format.column($0, 9, right: true) }.joined()
    }
    let titles =
      ["mean", "std", "min", "max"] + (isCompared ? ["max err", "rel L2", "cosine"] : [])
    return [Terminal.styled(row("stage", "shape", titles), .bold)]
      + stages.map { stage in
        var figures = [stage.mean, stage.std, stage.min, stage.max].map(figure)
        if let comparison = stage.comparison {
          figures += [comparison.maxAbsError, comparison.relativeL2].map(figure)
          figures.append(Format.fixed(comparison.cosine, digits: 5))
        }
        let verdict = !isCompared && stage.passes ? "" : stage.passes ? " pass" : " FAIL"
        let line = row(stage.name, shape(stage), figures) + verdict
        return stage.passes ? line : Terminal.styled(line, .red)
      }
  }

  private func shape(_ stage: StageReport) -> String {
    stage.shape.map(String.init).joined(separator: "×")
  }

  private func figure(_ value: Double?) -> String {
    guard let value else { return "-" }
    let magnitude = abs(value)
    return value == 0 || (magnitude >= 0.001 && magnitude < 1000)
      ? Format.significant(value, digits: 3) : Format.scientific(value, digits: 1)
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
