import PthBytes
import PthPickle

/// The verdict on a file: on everything that a reader would unpickle, and on the container itself.
package struct FileAudit: Sendable {
  package struct Finding: Sendable {
    package let verdict: AuditVerdict
    /// A sentence without its subject: "has two entries of this name".
    package let text: String
    /// The archive entry or part; nil for the file itself.
    package let part: String?
  }

  /// Whether `torch.load(weights_only=True)` would accept the file.
  package enum WeightsOnly: Sendable, Equatable {
    case accepted
    /// `torch.load` refuses the file, for this reason.
    case refused(String)
    /// The file is not one for `torch.load`, or its answer cannot be predicted.
    case notApplicable
  }

  package let path: String
  /// Each global once, with the worst verdict of all its uses in the file.
  package private(set) var globals: [AuditedGlobal] = []
  package private(set) var findings: [Finding] = []
  /// Unusual but harmless properties.
  package private(set) var warnings: [String] = []
  package internal(set) var weightsOnly = WeightsOnly.notApplicable
  /// Number of pickles that were judged.
  package private(set) var pickleCount = 0

  private var indices: [GlobalName: Int] = [:]

  init(path: String) { self.path = path }

  package var verdict: AuditVerdict {
    max(globals.map(\.verdict).max() ?? .safe, findings.map(\.verdict).max() ?? .safe)
  }

  mutating func add(_ verdict: AuditVerdict, _ text: String, part: String? = nil) {
    // A hostile archive could otherwise fill the memory with findings.
    guard findings.count < 1000 || verdict > self.verdict else { return }
    findings.append(Finding(verdict: verdict, text: text, part: part))
  }

  mutating func warn(_ text: String) {
    if warnings.count < 100, !warnings.contains(text) { warnings.append(text) }
  }

  /// Adds a global, or replaces its verdict with a worse one.
  private mutating func add(_ audited: AuditedGlobal) {
    if let index = indices[audited.global] {
      if audited.verdict > globals[index].verdict { globals[index] = audited }
    } else {
      indices[audited.global] = globals.count
      globals.append(audited)
    }
  }

  /// Adds the verdict on one pickle.
  ///
  /// - Returns: the files inside the pickle that it would load; the caller judges them.
  mutating func add(_ document: PickleDocument, part: String?, isTorchScript: Bool) -> [Bytes] {
    let audit = PickleAudit(document, isTorchScript: isTorchScript)
    pickleCount += 1
    for audited in audit.globals { add(audited) }
    for finding in audit.findings { add(finding.verdict, finding.text, part: part) }
    return audit.nestedContents
  }

  /// Replaces the verdict of every global for which `body` returns another one.
  package mutating func rejudgeGlobals(
    _ body: (AuditedGlobal) -> (verdict: AuditVerdict, reason: String?)?
  ) {
    for index in globals.indices {
      guard let (verdict, reason) = body(globals[index]) else { continue }
      globals[index] = AuditedGlobal(
        global: globals[index].global, verdict: verdict, reason: reason)
    }
  }

  /// Adds that a pickle cannot be read to its end. Another reader may read further.
  mutating func add(_ error: PickleError, part: String?) {
    if error.reason == .crossedFrame {
      add(.dangerous, "\(error): readers differ in what they see", part: part)
    } else {
      add(.unknown, "breaks off: \(error)", part: part)
    }
  }

  /// Adds the audit of a part that was judged separately.
  mutating func merge(_ other: FileAudit, part: String) {
    pickleCount += other.pickleCount
    for audited in other.globals { add(audited) }
    for finding in other.findings {
      add(finding.verdict, finding.text, part: finding.part.map { "\(part): \($0)" } ?? part)
    }
    for warning in other.warnings { warn("\(part): \(warning)") }
  }
}
