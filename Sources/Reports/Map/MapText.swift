import PthBackbones
import PthBytes
import PthCheckpoints
import PthKeyMapping
import PthPickle

/// The report of `map`, for a person: a verdict, a table by stage, then what did not fit and why.
package struct MapText {
  package let report: LoadReport
  package let graph: ModelGraph
  package let warnings: [LoadWarning]
  package let file: String
  package let style: TextStyle

  package init(
    _ report: LoadReport, _ graph: ModelGraph, _ warnings: [LoadWarning], file: String,
    style: TextStyle = .plain
  ) {
    self.report = report
    self.graph = graph
    self.warnings = warnings
    self.file = file
    self.style = style
  }

  package var text: String {
    var lines = [verdict] + subtitle
    lines += [""] + stages
    lines += section("Missing", missing)
    lines += section("Mismatched", mismatched)
    lines += section("Unexpected", unexpected)
    lines += section(
      "Cannot be known from the file, assumed",
      report.assumptions.flatMap {
        style.wrapped("- \($0.text)")
      })
    lines += section(
      "Warnings",
      warnings.flatMap { warning in
        style.wrapped("\(warning.code.rawValue): \(warning.text)")
      })
    lines += section("What to do", advice.flatMap { style.wrapped("- \($0)") })
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Verdict

  /// One line: names of what is unexpected only where they fit.
  private var verdict: String {
    let total = report.coverage.total
    var parts = [
      "\(report.verdict.rawValue): \(Format.grouped(total.loadedKeys)) of \(Format.grouped(total.keys)) keys loaded "
        + "(\(percent(total.ofKeys)))"
    ]
    if !report.missing.isEmpty { parts.append("\(report.missing.count) missing") }
    if !report.mismatched.isEmpty { parts.append("\(report.mismatched.count) mismatched") }
    if !report.unexpected.isEmpty {
      parts.append("\(Format.grouped(report.unexpected.count)) unexpected")
    }
    let short = parts.joined(separator: ", ")
    let names = report.unexpected.map(\.source).joined(separator: ", ")
    let long = Format.printable("\(short): \(names)")
    let text = names.isEmpty || long.count > style.width ? short : long
    let emphasis: TextStyle.Emphasis =
      switch report.verdict {
      case .complete: .green
      case .foreign, .partial: .yellow
      case .nothing: .red
      }
    return style.styled(text, emphasis)
  }

  private var subtitle: [String] {
    let source =
      report.source.detection.map { detection in
        let shape = detection.arguments.values.filter { Self.telling.contains($0.key) }
          .map { "\($0.key) \($0.value)" }
        return
          "\(detection.backbone) (\(([detection.flavor.rawValue] + shape).joined(separator: ", ")))"
      } ?? "no backbone that is known"
    let prefix =
      report.source.prefix.isEmpty ? "" : ", under '\(Format.printable(report.source.prefix))'"
    return style.wrapped("\(file == "-" ? "standard input" : file) holds \(source)\(prefix)")
      + style.wrapped("target: \(report.backbone) (\(report.flavor.rawValue))")
      + ChoiceText.sentences(report).flatMap { style.wrapped($0) }
      + graph.notes.flatMap { style.wrapped("note: \($0)") }
  }

  private static let telling: Set<String> = [
    "depth", "layers", "scales", "base_width", "groups", "deep_stem", "avg_down",
  ]

  private func percent(_ share: Double) -> String {
    // Never 100 % unless it is.
    share == 1 ? "100 %" : "\(Format.fixed(min(share * 100, 99.9), digits: 1)) %"
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
          + "  \(bar) \(percent(share.ofKeys))"
        return share.isComplete ? line : style.styled(line, .yellow)
      }
  }

  // MARK: What did not fit

  private var missing: [String] {
    grouped(report.missing.map { ($0.target, $0.initializer) }) { "initialised: \($0)" }
  }

  private var mismatched: [String] {
    limited(
      report.mismatched.map { item in
        "\(item.target): file \(Format.shape(item.sourceShape)), backbone "
          + "\(Format.shape(item.targetShape)); \(item.hint)"
      })
  }

  private var unexpected: [String] {
    grouped(report.unexpected.map { ($0.source, $0.why) }) { $0 }
  }

  /// Keys with the same reason, by module: a whole neck is one line.
  private func grouped(
    _ items: [(key: String, reason: String)], _ describe: (String) -> String
  ) -> [String] {
    var order: [String] = []
    var groups: [String: (keys: [String], reason: String)] = [:]
    let depth = items.count > 40 ? 1 : 2
    for (key, reason) in items {
      let parts = key.split(separator: ".")
      let module = parts.dropLast().prefix(depth).joined(separator: ".")
      let id = "\(module)\u{0}\(reason)"
      if groups[id] == nil { order.append(id) }
      groups[id, default: ([], reason)].keys.append(key)
    }
    return limited(
      order.compactMap { id in
        guard let group = groups[id], let first = group.keys.first else { return nil }
        let module = String(id.prefix { $0 != "\u{0}" })
        let name = group.keys.count == 1 ? first : "\(module).* (\(group.keys.count) keys)"
        return "\(name): \(describe(group.reason))"
      })
  }

  private func limited(_ items: [String]) -> [String] {
    let most = 20
    return items.prefix(most).flatMap { style.wrapped($0) }
      + (items.count > most ? ["  … \(items.count - most) more; --json lists all"] : [])
  }

  private var advice: [String] {
    var advice: [String] = []
    let total = report.coverage.total
    let hasGap = report.coverage.stages.contains { $0.stage != .head && !$0.share.isComplete }
    if total.loadedKeys == 0 {
      advice.append(
        "nothing fits: compare 'pthconv inspect' of the file with 'pthconv map --backbone "
          + "\(report.backbone)'; --prefix or --revise-key can rename the file's keys")
    } else if !report.source.contradictions.isEmpty {
      advice.append("leave the arguments out to take them from the file, or load another file")
    } else if hasGap {
      advice.append(
        "the missing parameters start as initialised; train them, or load a file that has them")
    }
    let codes = Set(warnings.map(\.code))
    if codes.contains(.arithmeticUnknown) {
      advice.append("say with --source-flavor official or mmdet how the weights were trained")
    }
    if advice.isEmpty, codes.isEmpty {
      advice.append("nothing: load it; --output writes the completed state dict")
    }
    return advice
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", style.styled(title, .bold)] + lines
  }
}
