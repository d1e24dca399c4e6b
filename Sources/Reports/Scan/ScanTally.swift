import PthCheckpoints
import PthBytes
import PthPickle

/// The number of scanned files with each outcome.
package struct ScanTally {
  private var verdicts: [AuditVerdict: Int] = [:]
  package private(set) var unreadable = 0
  private var skipped = 0

  /// - Parameter unreadableFolders: Folders that could not be searched.
  package init(unreadableFolders: Int = 0) { unreadable = unreadableFolders }

  package mutating func count(_ outcome: ScanOutcome) {
    switch outcome.result {
    case .judged(let audit): verdicts[audit.verdict, default: 0] += 1
    case .unreadable: unreadable += 1
    case .skipped: skipped += 1
    }
  }

  /// The number of files with this verdict or a worse one.
  package func count(from least: AuditVerdict) -> Int {
    verdicts.reduce(0) { $0 + ($1.key >= least ? $1.value : 0) }
  }

  package var text: String {
    let parts = [
      (verdicts[.safe, default: 0], "safe"), (verdicts[.unknown, default: 0], "unknown"),
      (verdicts[.dangerous, default: 0], "dangerous"), (unreadable, "unreadable"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let judged = parts.isEmpty ? "no checkpoints found" : parts.joined(separator: ", ")
    return judged + (skipped > 0 ? " (\(skipped) other files passed over)" : "") + "\n"
  }
}
