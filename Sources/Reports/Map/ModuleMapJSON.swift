import OrderedCollections
import PthBackbones
import PthKeyMapping
import PthTensors

/// The JSON of a mapping onto the keys of any module; `docs/json.md` documents it.
package struct ModuleMapJSON {
  package let report: ModuleReport
  package let warnings: [LoadWarning]

  package init(_ report: ModuleReport, _ warnings: [LoadWarning]) {
    self.report = report
    self.warnings = warnings
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("backbone")
      writer.null()
      writer.field("verdict", report.verdict.rawValue)
      writer.key("prefix")
      writer.object { writer in
        writer.field("source", report.sourcePrefix)
        writer.field("target", report.targetPrefix)
      }
      keys(to: &writer)
      writer.key("coverage")
      writer.object { writer in
        writer.field("keys", report.coverage.ofKeys)
        writer.field("elements", report.coverage.ofElements)
      }
      writer.key("warnings")
      writer.array { writer in
        for warning in warnings {
          writer.object { writer in
            writer.field("code", warning.code.rawValue)
            writer.field("message", warning.text)
          }
        }
      }
    }
  }

  private func keys(to writer: inout JSONWriter) {
    writer.key("loaded")
    writer.array { writer in
      for item in report.loaded {
        writer.object { writer in
          writer.field("source", item.source)
          writer.field("target", item.target)
          writer.field("how", item.how.rawValue)
          writer.field("rule", item.rule)
        }
      }
    }
    writer.key("filled")
    writer.array { writer in
      for item in report.filled {
        writer.object { writer in
          writer.field("target", item.target)
          writer.field("why", item.why)
        }
      }
    }
    writer.key("missing")
    writer.array { writer in
      for item in report.missing {
        writer.object { writer in
          writer.field("target", item.target)
          writer.field("shape", item.shape)
        }
      }
    }
    writer.key("unexpected")
    writer.array { writer in
      for item in report.unexpected {
        writer.object { writer in
          writer.field("source", item.source)
          writer.field("shape", item.shape)
          writer.field("why", item.why)
          writer.field("in_network", item.isInNetwork)
        }
      }
    }
    writer.key("mismatched")
    writer.array { writer in
      for item in report.mismatched {
        writer.object { writer in
          writer.field("source", item.source)
          writer.field("target", item.target)
          writer.field("source_shape", item.sourceShape)
          writer.field("target_shape", item.targetShape)
          writer.field("hint", item.hint)
        }
      }
    }
  }
}
