/// How much a pickle can be trusted.
package enum AuditVerdict: String, Sendable, Comparable {
  /// Rebuilds plain data with callables that are known to do nothing else.
  case safe
  /// Uses something that is not known to be harmless or harmful.
  case unknown
  /// Runs code, accesses the system, or hides what it calls.
  case dangerous

  package static func < (first: AuditVerdict, second: AuditVerdict) -> Bool {
    first.severity < second.severity
  }

  private var severity: Int {
    switch self {
    case .safe: 0
    case .unknown: 1
    case .dangerous: 2
    }
  }
}
