import PthBackbones
import PthConfigs
import PthReports

/// The text of a preflight report.
package struct PreflightText {
  private let report: PreflightReport
  private let style: TextStyle

  package init(_ report: PreflightReport, style: TextStyle = .plain) {
    self.report = report
    self.style = style
  }

  package var text: String {
    var lines = style.wrapped(headline, report.hasErrors ? .red : .green)
    for backbone in report.backbones { lines += self.lines(backbone) }
    for finding in report.findings { lines += [""] + self.lines(finding) }
    lines += scope
    return lines.joined(separator: "\n") + "\n"
  }

  private var headline: String {
    let counts = PreflightFinding.Severity.allCases.compactMap { severity -> String? in
      let count = report.count(severity)
      return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }.joined(separator: ", ")
    // For a named network there is no run, only weights.
    let verdict =
      report.files.isEmpty
      ? "the file does not fit the name" : "the run would not do what it says"
    return report.hasErrors
      ? "\(verdict): \(counts)"
      : "no error was found in what was looked at"
        + (report.isComplete ? "" : ", and some checks had no result")
        + (counts.isEmpty ? "" : "; \(counts)")
  }

  /// Lines with the parts that the headline is about.
  private var scope: [String] {
    let scope = report.scope
    guard !scope.lookedAt.isEmpty || !scope.notLookedAt.isEmpty else { return [] }
    func list(_ parts: [String]) -> String {
      parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
    return [""] + style.wrapped("looked at: \(list(scope.lookedAt))", indent: 0)
      + style.wrapped("not looked at: \(list(scope.notLookedAt))", indent: 0)
  }

  private func lines(_ backbone: PreflightReport.Backbone) -> [String] {
    var text = "\(backbone.path): \(backbone.type)"
    for (name, value) in backbone.details { text += ", \(name) \(value)" }
    if let channels = backbone.channels {
      text += ", returns [\(channels.map(String.init).joined(separator: ", "))]"
    }
    var lines = style.wrapped(text)
    for source in report.sources where source.backbone == backbone.path {
      lines += style.wrapped(self.text(source), indent: 4)
    }
    for images in report.images where images.backbone == backbone.path {
      lines += style.wrapped(images.sentence, indent: 4)
    }
    return lines
  }

  private func text(_ source: PreflightReport.Source) -> String {
    let name = "\(source.entry): \(source.written)"
    switch source.state {
    case .notHere: return name + ", not on this machine"
    case .unknown: return name + ", not to be found"
    case .unreadable: return name + ", cannot be read"
    case .read: break
    }
    guard let arrival = source.arrival else { return name + ", read" }
    let keys = arrival.stages.reduce(0) { $0 + $1.all }
    let count = "\(Format.grouped(arrival.loaded.count)) of \(Format.grouped(keys)) keys arrive"
    let stages = arrival.stages.filter { $0.loaded < $0.all }
      .map { "\($0.stage) \(Format.percent(Double($0.loaded) / Double($0.all)))" }
    let parts = arrival.isComplete || !arrival.hasWeights ? [] : stages
    return "\(name), \(count)" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
  }

  private func lines(_ finding: PreflightFinding) -> [String] {
    let emphasis: TextStyle.Emphasis? =
      switch finding.severity {
      case .error: .red
      case .warning: .yellow
      case .note: nil
      }
    let place = finding.location.map { "\(shown($0.path)):\($0.line): " } ?? ""
    let head = "\(place)\(finding.severity.rawValue): \(finding.kind.rawValue)"
    var lines = emphasis.map { style.wrapped(head, $0) } ?? style.wrapped(head, indent: 0)
    lines += style.wrapped(finding.what)
    if !finding.why.isEmpty { lines += style.wrapped("because: \(finding.why)") }
    if let instead = finding.instead { lines += style.wrapped("write:   \(instead)") }
    return lines
  }

  /// The path, or the file's name if the path is long.
  private func shown(_ path: String) -> String {
    path.count > 60 ? "…/" + (path.split(separator: "/").last.map(String.init) ?? path) : path
  }
}

extension PreflightReport.Images {
  /// A sentence about the preparation that the images show.
  var sentence: String {
    let from = "\(file), with \(imageCount) images of \(size)×\(size): "
    guard let finding = report?.finding, let scale = finding.scale else {
      return from + "how images were prepared cannot be told; \(reason ?? "")"
    }
    let colours = finding.isBGR.map { $0 ? "BGR" : "RGB" } ?? "the order of colours cannot be told"
    let said = "its statistics say \(scale.text), \(colours)"
    switch agrees {
    case true: return from + said + ", which agrees with " + (isNamed ? "its name" : "the run")
    case false:
      return from + said + ", which differs from " + (isNamed ? "its name" : "the run")
    default: return from + said + "; \(reason ?? "")"
    }
  }
}
