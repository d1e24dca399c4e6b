import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthKeyMapping

/// The JSON of `map --json`; `docs/json.md` documents it.
package struct MapJSON {
  package let report: LoadReport
  package let graph: ModelGraph
  package let warnings: [LoadWarning]
  package let sourceFlavor: Flavor?

  package init(
    _ report: LoadReport, _ graph: ModelGraph, _ warnings: [LoadWarning], sourceFlavor: Flavor?
  ) {
    self.warnings = warnings
    self.report = report
    self.graph = graph
    self.sourceFlavor = sourceFlavor
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("backbone", report.backbone)
      writer.field("verdict", report.verdict.rawValue)
      writer.key("flavor")
      writer.object { writer in
        writer.field("source", (sourceFlavor ?? report.source.detection?.flavor)?.rawValue)
        writer.field("target", report.flavor.rawValue)
      }
      writer.key("arguments")
      ArgumentsJSON.write(graph.arguments, to: &writer)
      writer.key("choices")
      ArgumentsJSON.write(report.choices, to: &writer)
      writer.field("closest_published", report.source.detection?.published?.name)
      writer.field("closest_published_share", report.source.detection?.published?.share)
      keys(to: &writer)
      coverage(to: &writer)
      writer.field("assumptions", report.assumptions.map(\.text))
      writer.warnings(warnings)
    }
  }

  private func keys(to writer: inout JSONWriter) {
    writer.objects("loaded", report.loaded) { writer, item in
      writer.field("source", item.source)
      writer.field("other_parts", item.otherParts)
      writer.field("target", item.target)
      writer.field("how", item.how.rawValue)
      writer.field("rule", item.rule)
    }
    writer.filled(report.filled)
    writer.objects("missing", report.missing) { writer, item in
      writer.field("target", item.target)
      writer.field("shape", item.shape)
      writer.field("init", item.initializer)
    }
    writer.objects("unexpected", report.unexpected) { writer, item in
      writer.field("source", item.source)
      writer.field("other_parts", item.otherParts)
      writer.field("shape", item.shape)
      writer.field("why", item.why)
      writer.field("in_network", item.isInNetwork)
      writer.field("part", item.part)
    }
    writer.objects("mismatched", report.mismatched) { writer, item in
      writer.field("source", item.source)
      writer.field("other_parts", item.otherParts)
      writer.field("target", item.target)
      writer.field("source_shape", item.sourceShape)
      writer.field("target_shape", item.targetShape)
      writer.field("hint", item.hint)
    }
  }

  private func coverage(to writer: inout JSONWriter) {
    writer.key("coverage")
    writer.object { writer in
      writer.field("keys", report.coverage.total.ofKeys)
      writer.field("elements", report.coverage.total.ofElements)
      writer.key("stages")
      writer.object { writer in
        for stage in report.coverage.stages {
          writer.key("\(stage.stage)")
          writer.value(stage.share.ofKeys)
        }
      }
    }
  }
}
