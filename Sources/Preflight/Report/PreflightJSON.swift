import PthBackbones
import PthConfigs
import PthReports

/// The JSON of `preflight --json`; `docs/json.md` documents it.
package struct PreflightJSON {
  private let report: PreflightReport

  package init(_ report: PreflightReport) { self.report = report }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("config", report.config)
      writer.field("files", report.files)
      writer.field("errors", report.count(.error))
      writer.field("warnings", report.count(.warning))
      writer.field("notes", report.count(.note))
      writer.field("complete", report.isComplete)
      writer.field("looked_at", report.scope.lookedAt)
      writer.field("not_looked_at", report.scope.notLookedAt)
      writer.objects("findings", report.findings) { finding, item in
        finding.field("kind", item.kind.rawValue)
        finding.field("severity", item.severity.rawValue)
        Self.place(item.location, to: &finding)
        finding.field("what", item.what)
        finding.field("why", item.why)
        finding.field("instead", item.instead)
      }
      writer.objects("backbones", report.backbones) { backbone, item in
        backbone.field("path", item.path)
        backbone.field("type", item.type)
        Self.place(item.location, to: &backbone)
        backbone.field("backbone", item.graph?.backbone)
        backbone.field("flavor", item.graph?.flavor.rawValue)
        backbone.key("arguments")
        if let graph = item.graph {
          ArgumentsJSON.write(graph.arguments, to: &backbone)
        } else {
          backbone.null()
        }
        backbone.key("channels")
        if let channels = item.channels { backbone.value(channels) } else { backbone.null() }
        backbone.field("coverage", item.coverage)
      }
      writer.objects("checkpoints", report.sources) { source, item in
        source.field("entry", item.entry)
        source.field("written", item.written)
        Self.place(item.location, to: &source)
        source.field("backbone", item.backbone)
        source.field("url", item.url)
        source.field("file", item.file)
        source.field("state", item.state.rawValue)
        source.field("loaded", item.arrival?.loaded.count)
        source.field("missing", item.arrival?.missing.count)
        source.field("mismatched", item.arrival?.mismatched.count)
        source.objects("stages", item.arrival?.stages ?? []) { stage, share in
          stage.field("stage", share.stage.description)
          stage.field("loaded", share.loaded)
          stage.field("keys", share.all)
        }
        source.field("map", item.mapping)
      }
      writer.objects("images", report.images) { images, item in
        images.field("file", item.file)
        images.field("backbone", item.backbone)
        images.field("agrees", item.agrees)
        images.field("reason", item.reason)
        images.field("count", item.imageCount)
        images.field("size", item.size)
        images.key("prepare")
        if let report = item.report { report.write(to: &images) } else { images.null() }
      }
    }
  }

  private static func place(_ location: ConfigLocation?, to writer: inout JSONWriter) {
    writer.field("in", location?.path)
    writer.field("line", location?.line)
  }
}
