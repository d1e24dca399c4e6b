import PthBackbones
import PthBytes
import PthCheckpoints
import PthPickle

/// The outcome of scanning one file.
package struct ScanOutcome: Sendable {
  package enum Result: Sendable {
    case judged(FileAudit)
    /// The file was found in a directory and is not a checkpoint.
    case skipped
    case unreadable(String)
  }
  package let path: String
  package let result: Result

  /// - Parameters:
  ///   - isFromDirectory: Whether the file was found in a directory, so that it is skipped if it is not a checkpoint.
  ///   - policy: The findings to accept or to deny.
  package init(_ path: String, isFromDirectory: Bool = false, policy: ScanPolicy = .strict) {
    self.path = path
    do {
      result = .judged(policy.applied(to: try FileScanner.scan(path)))
    } catch {
      result =
        isFromDirectory && error.isForeignFormat
        ? .skipped : .unreadable(error.description)
    }
  }

  /// The outcome of a file that was audited before.
  package init(_ audit: FileAudit) {
    path = audit.path
    result = .judged(audit)
  }

  /// The outcome for a symbolic link that leads out of the scanned directory.
  package init(strayLink path: String) {
    self.path = path
    result = .unreadable(
      "\(path): is a link to a file outside of the folder, which is not followed; scan that file "
        + "by its name")
  }

  package var message: String? {
    if case .unreadable(let message) = result { return message }
    return nil
  }

  /// The report as text; nil for a file that was skipped or could not be read.
  package func text(style: TextStyle = .plain) -> String? {
    guard case .judged(let audit) = result else { return nil }
    let name = style.styled(Format.printable(path), .bold)
    var lines = ["\(name): \(AuditText.styled(audit.verdict, style))"]
    for audited in audit.globals where audited.verdict != .safe {
      lines += item(audited.verdict, "\(audited.global)", audited.reason ?? "", style)
    }
    for finding in audit.findings {
      lines += item(finding.verdict, finding.part ?? "the file", finding.text, style)
    }
    for warning in audit.warnings { lines += style.wrapped("note: \(warning)") }
    switch audit.weightsOnly {
    case .notApplicable: break
    case .accepted: lines.append("  torch.load(weights_only=True) accepts it")
    case .refused(let reason):
      lines += style.wrapped("torch.load(weights_only=True) refuses it: \(reason)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func item(
    _ verdict: AuditVerdict, _ subject: String, _ text: String, _ style: TextStyle
  ) -> [String] {
    AuditText.coloring(
      verdict, in: style.wrapped("\(verdict.rawValue): \(subject) \(text)"), style)
  }

  package func write(to writer: inout JSONWriter) {
    if case .skipped = result { return }
    writer.object { writer in
      writer.field("file", path)
      switch result {
      case .skipped: break
      case .unreadable(let message):
        writer.field("error", message)
      case .judged(let audit):
        writer.field("safety", audit.verdict.rawValue)
        writer.key("globals")
        AuditJSON.globals(audit, to: &writer)
        writer.objects("findings", audit.findings) { writer, finding in
          writer.field("verdict", finding.verdict.rawValue)
          writer.field("part", finding.part)
          writer.field("text", finding.text)
        }
        writer.field("warnings", audit.warnings)
        writer.key("weights_only")
        AuditJSON.weightsOnly(audit, to: &writer)
      }
    }
  }
}
