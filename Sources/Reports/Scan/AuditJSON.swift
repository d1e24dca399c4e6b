import PthBackbones
import PthCheckpoints
import PthPickle

/// The parts of the audit that `inspect` and `scan` share.
package enum AuditJSON {
  package static func globals(_ audit: FileAudit, to writer: inout JSONWriter) {
    writer.array { writer in
      for audited in audit.globals {
        writer.object { writer in
          writer.field("module", audited.global.module)
          writer.field("name", audited.global.name)
          writer.field("verdict", audited.verdict.rawValue)
          if let reason = audited.reason {
            writer.field("reason", reason)
          }
        }
      }
    }
  }

  package static func weightsOnly(_ audit: FileAudit, to writer: inout JSONWriter) {
    switch audit.weightsOnly {
    case .notApplicable: writer.null()
    case .accepted:
      writer.object { writer in
        writer.field("accepted", true)
      }
    case .refused(let reason):
      writer.object { writer in
        writer.field("accepted", false)
        writer.field("reason", reason)
      }
    }
  }
}
