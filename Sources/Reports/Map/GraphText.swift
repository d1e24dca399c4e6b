import PthTensors
import PthBackbones
import PthBytes
import PthInitializers

/// A backbone's parameters and buffers without a checkpoint, as text and JSON.
package enum GraphText {
  package static func table(_ graph: ModelGraph, style: TextStyle = .plain) -> String {
    let title =
      "\(graph.backbone) (\(graph.flavor.rawValue)): \(Format.grouped(graph.state.count)) keys, "
      + "\(Format.count(graph.parameterCount)) parameters"
    let plan = InitializationPlan(for: graph)
    let shapes = graph.state.map { Format.shape($0.shape) }
    let titles = ["key", "shape", "initialised"]
    let rows = graph.state.indices.map { index in
      [graph.state[index].name, shapes[index], plan.initializer(ofEntryAt: index).description]
    }
    // Long names are shortened on a terminal only: piped output may be searched for them.
    let layout = ColumnLayout(
      titles: titles, rows: rows, expendable: [],
      width: style.isTerminal ? style.width : .max)
    var lines = [style.styled(title, .bold)]
    lines += TextWrap.lines(graph.arguments.description, width: style.width, indent: 2)
    lines += graph.notes.flatMap {
      TextWrap.lines("note: \($0)", width: style.width, indent: 2)
    }
    lines.append("")
    lines.append(style.styled(layout.line(titles), .bold))
    lines += rows.map(layout.line)
    return lines.joined(separator: "\n") + "\n"
  }

  package static func json(_ graph: ModelGraph) -> String {
    let plan = InitializationPlan(for: graph)
    var writer = JSONWriter()
    writer.object { writer in
      writer.field("backbone", graph.backbone)
      writer.key("flavor")
      writer.object { writer in
        writer.key("source")
        writer.null()
        writer.field("target", graph.flavor.rawValue)
      }
      writer.key("arguments")
      ArgumentsJSON.write(graph.arguments, to: &writer)
      writer.key("keys")
      writer.array { writer in
        for (index, entry) in graph.state.enumerated() {
          writer.object { writer in
            writer.field("target", entry.name)
            writer.field("shape", entry.shape)
            writer.field("dtype", entry.dtype.rawValue)
            writer.field("stage", "\(entry.stage)")
            writer.field("init", plan.initializer(ofEntryAt: index).description)
          }
        }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}
