import PthBackbones
import PthPickle

/// Verdicts of an audit as coloured text.
package enum AuditText {
  package static func styled(_ verdict: AuditVerdict, _ style: TextStyle) -> String {
    switch verdict {
    case .safe: style.styled("safe", .green)
    case .unknown: style.styled("unknown", .yellow)
    case .dangerous: style.styled("dangerous", .red)
    }
  }

  /// Colours the verdict's word in the first line.
  ///
  /// Lines are wrapped and escaped before, since that must not see the escape sequences of colours.
  package static func coloring(
    _ verdict: AuditVerdict, in lines: [String], _ style: TextStyle
  ) -> [String] {
    guard let first = lines.first else { return lines }
    let colored = first.replacing(
      verdict.rawValue, with: styled(verdict, style), maxReplacements: 1)
    return [colored] + lines.dropFirst()
  }
}
