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
      writer.warnings(warnings)
    }
  }

  private func keys(to writer: inout JSONWriter) {
    writer.objects("loaded", report.loaded) { writer, item in
      writer.field("source", item.source)
      writer.field("target", item.target)
      writer.field("how", item.how.rawValue)
      writer.field("rule", item.rule)
    }
    writer.filled(report.filled)
    writer.objects("missing", report.missing) { writer, item in
      writer.field("target", item.target)
      writer.field("shape", item.shape)
    }
    writer.objects("unexpected", report.unexpected) { writer, item in
      writer.field("source", item.source)
      writer.field("shape", item.shape)
      writer.field("why", item.why)
      writer.field("in_network", item.isInNetwork)
    }
    writer.objects("mismatched", report.mismatched) { writer, item in
      writer.field("source", item.source)
      writer.field("target", item.target)
      writer.field("source_shape", item.sourceShape)
      writer.field("target_shape", item.targetShape)
      writer.field("hint", item.hint)
    }
  }
}
