import PthConvKit

/// The JSON of `map --json`; `docs/json.md` documents it.
struct MapJSON {
  let report: LoadReport
  let graph: ModelGraph
  let warnings: [LoadWarning]
  let sourceFlavor: Flavor?

  init(
    _ report: LoadReport, _ graph: ModelGraph, _ warnings: [LoadWarning], sourceFlavor: Flavor?
  ) {
    self.warnings = warnings
    self.report = report
    self.graph = graph
    self.sourceFlavor = sourceFlavor
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("backbone")
      writer.value(report.backbone)
      writer.key("flavor")
      writer.object { writer in
        writer.key("source")
        writer.value((sourceFlavor ?? report.source.detection?.flavor)?.rawValue)
        writer.key("target")
        writer.value(report.flavor.rawValue)
      }
      writer.key("arguments")
      ArgumentsJSON.write(graph.arguments, to: &writer)
      keys(to: &writer)
      coverage(to: &writer)
      writer.key("assumptions")
      writer.value(report.assumptions.map(\.text))
      writer.key("warnings")
      writer.array { writer in
        for warning in warnings {
          writer.object { writer in
            writer.key("code")
            writer.value(warning.code.rawValue)
            writer.key("message")
            writer.value(warning.text)
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
          writer.key("source")
          writer.value(item.source)
          writer.key("target")
          writer.value(item.target)
          writer.key("how")
          writer.value(item.how.rawValue)
          writer.key("rule")
          writer.value(item.rule)
        }
      }
    }
    writer.key("missing")
    writer.array { writer in
      for item in report.missing {
        writer.object { writer in
          writer.key("target")
          writer.value(item.target)
          writer.key("shape")
          writer.value(item.shape)
          writer.key("init")
          writer.value(item.initializer)
        }
      }
    }
    writer.key("unexpected")
    writer.array { writer in
      for item in report.unexpected {
        writer.object { writer in
          writer.key("source")
          writer.value(item.source)
          writer.key("shape")
          writer.value(item.shape)
          writer.key("why")
          writer.value(item.why)
        }
      }
    }
    writer.key("mismatched")
    writer.array { writer in
      for item in report.mismatched {
        writer.object { writer in
          writer.key("source")
          writer.value(item.source)
          writer.key("target")
          writer.value(item.target)
          writer.key("source_shape")
          writer.value(item.sourceShape)
          writer.key("target_shape")
          writer.value(item.targetShape)
          writer.key("hint")
          writer.value(item.hint)
        }
      }
    }
  }

  private func coverage(to writer: inout JSONWriter) {
    writer.key("coverage")
    writer.object { writer in
      writer.key("keys")
      writer.value(report.coverage.total.ofKeys)
      writer.key("elements")
      writer.value(report.coverage.total.ofElements)
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

/// A backbone's arguments as JSON.
enum ArgumentsJSON {
  static func write(_ arguments: BackboneArguments, to writer: inout JSONWriter) {
    writer.object { writer in
      for (name, value) in arguments.values {
        writer.key(name)
        write(value, to: &writer)
      }
    }
  }

  private static func write(_ value: ArgumentValue, to writer: inout JSONWriter) {
    if case .dictionary(let items) = value {
      writer.object { writer in
        for item in items {
          writer.key(item.key)
          write(item.value, to: &writer)
        }
      }
    } else if case .list(let members) = value {
      writer.array { writer in for member in members { write(member, to: &writer) } }
    } else if let flag = value.boolean {
      writer.value(flag)
    } else if let number = value.integer {
      writer.value(number)
    } else if let number = value.number {
      writer.value(number)
    } else if let text = value.string {
      writer.value(text)
    } else {
      writer.null()
    }
  }
}
