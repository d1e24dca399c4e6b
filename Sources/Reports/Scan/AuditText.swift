import PthBackbones
import PthPickle

/// Verdicts for people.
package enum AuditText {
  package static func styled(_ verdict: AuditVerdict, _ style: TextStyle) -> String {
    switch verdict {
    case .safe: style.styled("safe", .green)
    case .unknown: style.styled("unknown", .yellow)
    case .dangerous: style.styled("dangerous", .red)
    }
  }

  /// Lines whose first one names the verdict, with that word coloured. Colour comes last, since the
  /// lines are broken and made printable without it.
  package static func coloring(
    _ verdict: AuditVerdict, in lines: [String], _ style: TextStyle
  ) -> [String] {
    guard let first = lines.first else { return lines }
    let colored = first.replacing(
      verdict.rawValue, with: styled(verdict, style), maxReplacements: 1)
    return [colored] + lines.dropFirst()
  }
}
