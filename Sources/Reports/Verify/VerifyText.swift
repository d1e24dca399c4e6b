import PthTensors
import PthBackbones
import PthBytes
import PthEngines
import PthKeyMapping

/// The text of `verify`: the verdict, a table for each comparison, and Python that makes the same input.
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
    lines += report.reasons.dropFirst(report.verdict == .unproven ? 1 : 0).flatMap {
      style.wrapped("- \($0)")
    }
    lines += alternatives
    for comparison in report.comparisons where !comparison.stages.isEmpty {
      lines += section(comparison)
    }
    if let statistics = report.statistics {
      lines +=
        StatisticsText(report: statistics, style: style, listsAll: report.layers != nil).lines
    }
    lines += report.labels?.lines(style) ?? []
    if !report.comparisons.contains(where: { !$0.stages.isEmpty }) {
      lines += ["", style.styled("Outputs", .bold)] + table(report.outputs)
      if let divergence = report.firstDivergence {
        lines += style.wrapped("\(divergence.name): \(divergence.what)")
      }
    }
    if let layers = report.layers {
      lines += ["", style.styled("Layers", .bold)] + table(layers)
    }
    if report.doubts.isEmpty, !report.assumptions.isEmpty {
      lines += ["", style.styled("Assumed, since no file can tell", .bold)]
      lines += report.assumptions.flatMap { style.wrapped("- \($0)") }
    }
    let skipped = report.skipped.filter { !report.reasons.contains($0.reason) }
    if !skipped.isEmpty {
      lines += ["", style.styled("Not compared", .bold)]
      lines += skipped.flatMap { style.wrapped("\($0.kind.rawValue): \($0.reason)") }
    }
    lines += random
    lines += rounding
    lines += engines
    if !report.input.python.isEmpty {
      lines += ["", style.styled("The same input in Python", .bold)]
      lines += report.input.python.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The verdict with its sentence.
  private var verdict: [String] {
    switch report.verdict {
    case .proven:
      let worst = report.decisive?.worstError ?? 0
      let rounding = report.rounding.map { ", as \($0.dtype.rawValue)'s rounding makes it" } ?? ""
      return style.wrapped(
        "proven: all \(report.graph.outputs.count) outputs agree with the original's, with a "
          + "relative L2 error of at most \(figure(worst))\(rounding)\(quiet)", .green)
    case .supported:
      let untold = report.statistics?.untold ?? []
      let limit = untold.isEmpty ? "" : "; they do not tell \(untold.joined(separator: ", "))"
      return style.wrapped(
        "supported: the file holds all of \(report.recognised ?? "its network"), and its batch norms see "
          + "of \(report.statistics?.imageCount ?? 0) images what they recorded in training\(limit)",
        .green)
    case .consistent:
      return style.wrapped(
        "consistent: the file holds all of \(report.recognised ?? "its network"), and the target "
          + "does what that does, if the assumptions below hold", .green)
    case .unproven:
      return style.wrapped(
        "unproven: \(report.reasons.first ?? "nothing about the file was compared")", .yellow)
    case .failed:
      var failed = report.comparisons.filter { !$0.passes }.map(\.kind.rawValue)
      if case .fault? = report.statistics?.outcome {
        failed.append(VerifyReport.Kind.statistics.rawValue)
      }
      let what = failed.isEmpty ? "" : ": \(failed.joined(separator: ", "))"
      let place = report.firstDivergence.map { "; first divergence at \($0.name)" } ?? ""
      return style.wrapped("failed\(what)\(place)", .red)
    }
  }

  /// The share of the weights that this input does not exercise, as part of the sentence of `proven`.
  private var quiet: String {
    guard let quiet = report.quiet else { return "" }
    let share = Format.percent(quiet.share)
    return
      "; on this input the outputs do not depend on \(share) of the weights, so nothing is shown of "
      + "them (of \(quiet.layer)'s \(Format.percent(quiet.layerShare)))"
  }

  private var alternatives: [String] {
    report.alternatives.flatMap { alternative in
      style.wrapped(
        alternative.agrees
          ? "with \(alternative.change.text(style)) \(stages(alternative)) (relative L2 at most "
            + "\(figure(alternative.worstError)))"
          : "the reference has the shapes of \(alternative.change.text(style)), but its values differ "
            + "(relative L2 \(figure(alternative.worstError)))")
    }
  }

  private func stages(_ alternative: VerifyReport.Alternative) -> String {
    let names = alternative.stages
    if names.count == report.graph.outputs.count { return "all stages agree" }
    return "\(names.joined(separator: ", ")) \(names.count == 1 ? "agrees" : "agree")"
  }

  private func figure(_ error: Double) -> String { VerifyColumn.figure(error) }

  /// The measured effect of half precision, which sets the tolerance.
  private var rounding: [String] {
    guard let rounding = report.rounding else { return [] }
    let errors = report.outputs.compactMap { stage in
      rounding.errors[stage.name].map { "\(stage.name) by \(figure($0))" }
    }
    return ["", style.styled("Rounding", .bold)]
      + style.wrapped(
        "the weights are saved in \(rounding.dtype.rawValue) (one rounding is up to "
          + "\(figure(Rounding.unit(of: rounding.dtype)))); rounding them once more moves "
          + "\(errors.joined(separator: ", ")), and the original may be as far away")
  }

  /// Lines about pthconv's own engines, which say nothing about the file.
  private var engines: [String] {
    guard let engines = report.engines else { return [] }
    let title = ["", style.styled("pthconv itself", .bold)]
    guard let divergence = engines.firstDivergence else {
      return title
        + style.wrapped(
          "the \(engines.engine) engine and the reference engine agree (relative L2 at most "
            + "\(figure(engines.worstError)))")
    }
    // NaN and infinite values are reported above.
    guard report.notFinite == nil else { return [] }
    return title + table(engines.stages)
      + style.wrapped("first divergence: \(divergence.name): \(divergence.what)")
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
      case .statistics: "what the batch norms see against what they recorded"
      case .engines: "the fast engine against the reference engine"
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
      ? "no output depends on a random one"
      : "\(report.randomStages.joined(separator: ", ")) depend on random ones"
    return ["", style.styled("Initial weights", .bold)]
      + style.wrapped(
        "\(count) keys are as init_weights leaves them\(style.advice(" (--init-seed)")), since the "
          + "file does not have them in this shape: \(stages)"
      )
  }
}
