import PthConvKit

/// A backbone's parameters without a checkpoint.
enum GraphText {
  static func table(_ graph: ModelGraph) -> String {
    let title =
      "\(graph.backbone) (\(graph.flavor.rawValue)): \(Format.grouped(graph.state.count)) keys, "
      + "\(Format.count(graph.parameterCount)) parameters"
    let plan = InitializationPlan(for: graph)
    let shapes = graph.state.map { Format.shape($0.shape) }
    let nameWidth = min(44, max(9, graph.state.map(\.name.count).max() ?? 9))
    let shapeWidth = max(5, shapes.map(\.count).max() ?? 5)
    var lines = [Terminal.styled(title, .bold)]
    lines += TextWrap.lines(graph.arguments.description, width: Terminal.width, indent: 2)
    lines += graph.notes.flatMap {
      TextWrap.lines("note: \($0)", width: Terminal.width, indent: 2)
    }
    lines.append("")
    lines.append(
      Terminal.styled(
        Format.column("key", nameWidth) + "  " + Format.column("shape", shapeWidth)
          + "  initialised", .bold))
    for (index, entry) in graph.state.enumerated() {
      lines.append(
        Format.column(Format.elided(entry.name, nameWidth), nameWidth) + "  "
          + Format.column(shapes[index], shapeWidth) + "  "
          + plan.initializer(ofEntryAt: index).description)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func json(_ graph: ModelGraph) -> String {
    let plan = InitializationPlan(for: graph)
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("backbone")
      writer.value(graph.backbone)
      writer.key("flavor")
      writer.object { writer in
        writer.key("source")
        writer.null()
        writer.key("target")
        writer.value(graph.flavor.rawValue)
      }
      writer.key("arguments")
      ArgumentsJSON.write(graph.arguments, to: &writer)
      writer.key("keys")
      writer.array { writer in
        for (index, entry) in graph.state.enumerated() {
          writer.object { writer in
            writer.key("target")
            writer.value(entry.name)
            writer.key("shape")
            writer.value(entry.shape)
            writer.key("dtype")
            writer.value(entry.dtype.rawValue)
            writer.key("stage")
            writer.value("\(entry.stage)")
            writer.key("init")
            writer.value(plan.initializer(ofEntryAt: index).description)
          }
        }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}
