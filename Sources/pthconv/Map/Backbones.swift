import ArgumentParser
import PthConvKit
import PthReports

struct BackbonesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backbones",
    abstract: "List the backbones, their flavors, arguments and published presets.")

  @Flag(help: "Print JSON.")
  var json = false

  func run() {
    let registry = BackboneRegistry.standard
    Terminal.write(json ? Self.json(registry) : Self.text(registry))
  }

  private static func text(_ registry: BackboneRegistry) -> String {
    var lines: [String] = []
    for definition in registry.definitions {
      if !lines.isEmpty { lines.append("") }
      lines.append(Terminal.style.styled(definition.name, .bold))
      lines += TextWrap.lines(definition.summary, width: Terminal.style.width, indent: 2)
      lines += TextWrap.lines(
        "flavors: \(definition.flavors.map(\.rawValue).joined(separator: ", "))",
        width: Terminal.style.width, indent: 2)
      let presets = registry.presets.filter { $0.backbone == definition.name }.map(\.name)
      lines += TextWrap.lines(
        "presets: \(presets.joined(separator: ", "))", width: Terminal.style.width, indent: 2)
      lines.append("  arguments:")
      for argument in definition.arguments {
        let name = Format.column("    \(argument.name)", 22)
        let text = TextWrap.lines(argument.summary, width: Terminal.style.width - 24, indent: 0)
        for (index, line) in text.enumerated() {
          lines.append(
            (index == 0 ? name : String(repeating: " ", count: 22)) + "  "
              + line.drop { $0 == " " })
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func json(_ registry: BackboneRegistry) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("backbones")
      writer.array { writer in
        for definition in registry.definitions {
          writer.object { writer in
            writer.field("name", definition.name)
            writer.field("summary", definition.summary)
            writer.field("flavors", definition.flavors.map(\.rawValue))
            writer.field("arguments", definition.arguments.map(\.name))
          }
        }
      }
      writer.key("presets")
      writer.array { writer in
        for preset in registry.presets {
          writer.object { writer in
            writer.field("name", preset.name)
            writer.field("backbone", preset.backbone)
            writer.field("flavor", preset.flavor?.rawValue)
            writer.key("arguments")
            ArgumentsJSON.write(preset.arguments, to: &writer)
          }
        }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}
