import PthBackbones
import PthBytes
import PthCheckpoints
import PthKeyMapping
import PthPickle

/// The text of `map`: the verdict, a table of stages, then the keys that were not loaded with their reasons.
package struct MapText {
  package let report: LoadReport
  package let graph: ModelGraph
  package let warnings: [LoadWarning]
  package let file: String
  package let advice: [Advice]
  /// The registry that detected the backbone of the file.
  package let registry: BackboneRegistry
  /// Whether all lines are shown.
  package let isVerbose: Bool
  package let style: TextStyle

  /// A piece of advice below the report.
  package struct Advice: Sendable, Hashable {
    /// A command on its own line, so that it can be copied.
    let command: String?
    /// What the command does, or advice without a command.
    let text: String

    package init(_ command: String? = nil, _ text: String) {
      self.command = command
      self.text = text
    }
  }

  package init(
    _ report: LoadReport, _ graph: ModelGraph, _ warnings: [LoadWarning], file: String,
    advice: [Advice] = [], registry: BackboneRegistry = .standard, isVerbose: Bool = false,
    style: TextStyle = .plain
  ) {
    self.report = report
    self.graph = graph
    self.warnings = warnings
    self.file = file
    self.advice = advice
    self.registry = registry
    self.isVerbose = isVerbose
    self.style = style
  }

  package var text: String {
    let top = verdict + subtitle + [""] + stages
    let shown = sections
    let fixed = top.count + shown.reduce(0) { $0 + ($1.mayBeCut ? 0 : $1.lines.count + 2) }
    var left = isVerbose ? Int.max : max(Self.maximumLines - fixed, 0)
    var lines = top
    for (index, section) in shown.enumerated() {
      guard section.mayBeCut else {
        lines += section.text(maximum: section.lines.count, style)
        continue
      }
      // A section may use all lines left, but keeps up to 12 for each later section.
      let later = shown[(index + 1)...].count(where: \.mayBeCut)
      let maximum = later == 0 ? left : left - later * min(left / (later + 1), 12)
      let text = section.text(maximum: maximum - 3, style)
      left -= min(text.count, left)
      lines += text
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The most lines without `--verbose`: nobody reads a longer report.
  private static let maximumLines = 60

  /// A heading with the lines below it.
  private struct Section {
    let title: String
    let lines: [String]
    var mayBeCut = false

    /// The heading and the lines; empty if there are no lines.
    ///
    /// - Parameter maximum: The most lines shown; two are always shown.
    func text(maximum: Int, _ style: TextStyle) -> [String] {
      guard !lines.isEmpty else { return [] }
      let count = max(maximum, 2)
      let cut =
        lines.count > count
        ? [
          "  … \(lines.count - count) more lines"
            + style.advice("; --verbose shows all, --json every key")
        ] : []
      return ["", style.styled(title, .bold)] + lines.prefix(count) + cut
    }
  }

  private var sections: [Section] {
    [
      Section(title: "Missing", lines: missing, mayBeCut: true),
      Section(title: "Mismatched", lines: mismatched, mayBeCut: true),
      Section(title: "Unexpected", lines: unexpected, mayBeCut: true),
      Section(
        title: "Cannot be known from the file, assumed",
        lines: report.assumptions.flatMap { style.wrapped("- \($0.text)") }, mayBeCut: true),
      Section(title: "Warnings", lines: warningLines, mayBeCut: true),
      Section(title: "What to do", lines: adviceLines),
    ].filter { !$0.lines.isEmpty }
  }

  private var adviceLines: [String] {
    advice.flatMap { advice in
      guard let command = advice.command else { return style.wrapped("- \(advice.text)") }
      return ["  " + Format.printable(command)] + style.wrapped(advice.text, indent: 4)
    }
  }

  // MARK: Verdict

  /// The verdict on one line, with the unexpected keys if their names fit on it; for `nothing`, the likeliest reason.
  private var verdict: [String] {
    let total = report.coverage.total
    let counts =
      "\(Format.grouped(total.loadedKeys)) of \(Format.grouped(total.keys)) keys loaded "
      + "(\(Format.percent(total.ofKeys)))"
    guard report.verdict != .nothing else {
      let reason = report.reasonForNothing.map { "likeliest: \($0)" } ?? ""
      return style.wrapped("nothing: no weight of the file fits; \(reason)", .red)
        + style.wrapped(total.loadedKeys == 0 ? "" : "\(counts), all of them norms or a classifier")
    }
    var parts = ["\(report.verdict.rawValue): \(counts)"]
    if !report.missing.isEmpty { parts.append("\(report.missing.count) missing") }
    if !report.mismatched.isEmpty { parts.append("\(report.mismatched.count) mismatched") }
    if !report.unexpected.isEmpty {
      parts.append("\(Format.grouped(report.unexpected.count)) unexpected")
    }
    let short = parts.joined(separator: ", ")
    let names = report.unexpected.prefix(4).map(\.source).joined(separator: ", ")
    let long = Format.printable("\(short): \(names)")
    let fits = (1...4).contains(report.unexpected.count) && long.count <= style.width
    return [
      style.styled(fits ? long : short, report.verdict == .complete ? .green : .yellow)
    ]
  }

  private var subtitle: [String] {
    let source =
      report.source.detection.map { detection in
        let rows = registry.definition(named: detection.backbone)?.arguments ?? []
        let telling = Set(rows.filter(\.isTelling).map(\.name))
        let shape = detection.arguments.values
          .filter { telling.contains($0.key) && $0.value.boolean != false }
          .map { "\($0.key) \($0.value)" }
        return
          "\(detection.backbone) (\(([detection.flavor.rawValue] + shape).joined(separator: ", ")))"
      } ?? "no backbone that is known"
    let prefix = report.source.prefix.isEmpty ? "" : ", under '\(report.source.prefix)'"
    return style.wrapped("\(file == "-" ? "standard input" : file) holds \(source)\(prefix)")
      + style.wrapped("target: \(report.backbone) (\(report.flavor.rawValue))")
      + ChoiceText.sentences(report).flatMap { style.wrapped($0) }
      + notes.flatMap { style.wrapped($0) }
  }

  /// Sentences about unusual steps: alignment by shapes, modules outside of the prefix, folded parameters.
  private var notes: [String] {
    var notes = graph.notes.map { "note: \($0)" }
    let aligned = report.loaded.filter { $0.how == .alignment }
    if let order = aligned.first?.rule {
      notes.append(
        "the names are not known: \(Format.tensors(aligned.count)) were matched by the order of "
          + "their shapes (\(order))")
    }
    notes += report.source.complements.map { complement in
      "\(complement.modules.joined(separator: ", ")) "
        + (complement.modules.count == 1 ? "lies" : "lie")
        + (complement.prefix.isEmpty ? " outside of that prefix" : " under '\(complement.prefix)'")
    }
    notes += report.folds.map { method, count in
      "\(Format.tensors(count)) put together from parts: \(method)"
    }
    return notes
  }

  // MARK: Stages

  private var stages: [String] {
    let heading =
      Format.column("  stage", 12) + Format.column("keys", 14, right: true)
      + Format.column("parameters", 18, right: true) + "  coverage"
    return [style.styled(heading, .bold)]
      + report.coverage.stages.map { item in
        let share = item.share
        let filled = Int((share.ofKeys * 20).rounded(.down))
        let bar =
          String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
        let line =
          Format.column("  \(item.stage)", 12)
          + Format.column("\(share.loadedKeys) of \(share.keys)", 14, right: true)
          + Format.column(Format.grouped(share.elements), 18, right: true)
          + "  \(bar) \(Format.percent(share.ofKeys))"
        return share.isComplete ? line : style.styled(line, .yellow)
      }
  }

  // MARK: Keys without a match

  /// The most key patterns for one reason.
  private var maximum: Int { isVerbose ? .max : 6 }

  private var missing: [String] {
    KeyGroups(report.missing.map { ($0.target, $0.initializer) })
      .sentences(maximum: maximum) { "initialised: \($0)" }.flatMap { style.wrapped($0) }
  }

  private var mismatched: [String] {
    let items = Dictionary(
      report.mismatched.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
    return KeyGroups(report.mismatched.map { ($0.target, $0.hint) }).groups
      .flatMap { hint, keys -> [String] in
        guard let first = keys.first.flatMap({ items[$0] }) else { return [] }
        let patterns = KeyPatterns(keys).patterns
        let names = patterns.prefix(maximum).joined(separator: ", ")
        let more = patterns.count > maximum ? ", …" : ""
        let count = keys.count == 1 ? "" : " (\(keys.count) keys, the first"
        let shapes =
          "file \(Format.shape(first.sourceShape)), backbone \(Format.shape(first.targetShape))"
        // A warning repeats this hint, so it is left out here.
        let reason = report.source.contradictions.contains(hint) ? "" : "; \(hint)"
        return style.wrapped(
          keys.count == 1
            ? "\(names): \(shapes)\(reason)" : "\(names)\(more)\(count): \(shapes))\(reason)")
      }
  }

  private var unexpected: [String] {
    KeyGroups(report.unexpected.map { ($0.source, $0.why) })
      .sentences(maximum: isVerbose ? .max : 3) { $0 }.flatMap { style.wrapped($0) }
  }

  /// The warnings without `lowCoverage`, which the table of stages shows.
  private var warningLines: [String] {
    warnings.filter { $0.code != .lowCoverage }.flatMap {
      style.wrapped("\($0.code.rawValue): \($0.text)")
    }
  }
}
