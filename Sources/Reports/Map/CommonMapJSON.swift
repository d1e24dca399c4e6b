import PthKeyMapping

/// The keys that the JSON of mappings onto backbones and onto other modules have in common.
extension JSONWriter {
  mutating func filled(_ items: [LoadReport.Filled]) {
    objects("filled", items) { writer, item in
      writer.field("target", item.target)
      writer.field("why", item.why)
    }
  }

  mutating func warnings(_ warnings: [LoadWarning]) {
    objects("warnings", warnings) { writer, warning in
      writer.field("code", warning.code.rawValue)
      writer.field("message", warning.text)
    }
  }
}
