import PthKeyMapping

/// The text of a mapping onto the keys of another checkpoint.
package struct ModuleMapText {
  package let report: ModuleReport
  package let warnings: [LoadWarning]
  package let file: String
  package let target: String
  /// Whether every pattern of keys is shown.
  package let isVerbose: Bool
  package let style: TextStyle

  package init(
    _ report: ModuleReport, _ warnings: [LoadWarning], file: String, target: String,
    isVerbose: Bool = false, style: TextStyle = .plain
  ) {
    self.report = report
    self.warnings = warnings
    self.file = file
    self.target = target
    self.isVerbose = isVerbose
    self.style = style
  }

  package var text: String {
    var lines = verdict + subtitle
    // The file may have a target's name outside of the prefix that was found.
    let elsewhere = Set(report.unexpected.map(\.source))
    lines += section(
      "Missing",
      KeyGroups(
        report.missing.map {
          let isElsewhere = elsewhere.contains($0.target)
          return (
            $0.target,
            isElsewhere ? "in the file, but not under \(report.sourcePrefix)" : "not in the file"
          )
        }))
    lines += section(
      "Mismatched",
      KeyGroups(
        report.mismatched.map { item in
          let shapes =
            "file \(Format.shape(item.sourceShape)), target \(Format.shape(item.targetShape))"
          return (item.target, "\(shapes); \(item.hint)")
        }))
    lines += section("Unexpected", KeyGroups(report.unexpected.map { ($0.source, $0.why) }))
    if !warnings.isEmpty {
      lines += ["", style.styled("Warnings", .bold)]
      lines += warnings.flatMap { style.wrapped("\($0.code.rawValue): \($0.text)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var verdict: [String] {
    let share = report.coverage
    let counts =
      "\(Format.grouped(share.loadedKeys)) of \(Format.grouped(share.keys)) keys loaded "
      + "(\(Format.percent(share.ofKeys)))"
    guard report.verdict != .nothing else {
      return style.wrapped("nothing: no weight of the file fits", .red)
        + style.wrapped(share.loadedKeys == 0 ? "" : "\(counts), none of them a weight")
    }
    var parts = ["\(report.verdict.rawValue): \(counts)"]
    for (count, what) in [
      (report.missing.count, "missing"), (report.mismatched.count, "mismatched"),
      (report.unexpected.count, "unexpected"),
    ] where count > 0 {
      parts.append("\(Format.grouped(count)) \(what)")
    }
    return style.wrapped(
      parts.joined(separator: ", "), report.verdict == .complete ? .green : .yellow)
  }

  private var subtitle: [String] {
    var sentences = [
      "\(file == "-" ? "standard input" : file) onto the keys of "
        + (target == "-" ? "standard input" : target)
    ]
    if !report.sourcePrefix.isEmpty {
      sentences.append("the target's keys stand under '\(report.sourcePrefix)' in the file")
    }
    if !report.targetPrefix.isEmpty {
      sentences.append("the file's keys stand under '\(report.targetPrefix)' in the target")
    }
    sentences.append(
      "names, shapes and types were compared; what the target computes with them is not known")
    return sentences.flatMap { style.wrapped($0) }
  }

  private func section(_ title: String, _ groups: KeyGroups) -> [String] {
    guard !groups.groups.isEmpty else { return [] }
    return ["", style.styled(title, .bold)]
      + groups.sentences(maximum: isVerbose ? .max : 6) { $0 }.flatMap { style.wrapped($0) }
  }
}
