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
}
