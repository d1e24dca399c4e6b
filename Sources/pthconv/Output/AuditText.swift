import PthConvKit

/// Verdicts for people.
enum AuditText {
  static func styled(_ verdict: AuditVerdict) -> String {
    switch verdict {
    case .safe: Terminal.styled("safe", .green)
    case .unknown: Terminal.styled("unknown", .yellow)
    case .dangerous: Terminal.styled("dangerous", .red)
    }
  }

  /// Lines whose first one names the verdict, with that word coloured. Colour comes last, since the
  /// lines are broken and made printable without it.
  static func coloring(_ verdict: AuditVerdict, in lines: [String]) -> [String] {
    guard let first = lines.first else { return lines }
    let colored = first.replacing(verdict.rawValue, with: styled(verdict), maxReplacements: 1)
    return [colored] + lines.dropFirst()
  }
}
