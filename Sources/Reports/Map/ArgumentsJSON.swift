import OrderedCollections
import PthBackbones
import PthPickle

/// A backbone's arguments as JSON.
package enum ArgumentsJSON {
  package static func write(_ arguments: BackboneArguments, to writer: inout JSONWriter) {
    writer.object { writer in
      for (name, value) in arguments.values {
        writer.key(name)
        write(value, to: &writer)
      }
    }
  }

  /// Writes the target's arguments that the request left open: `argument`, `value`, `from` (`file` or
  /// `default`) and `seen`.
  static func write(_ choices: [TargetChoice], to writer: inout JSONWriter) {
    writer.array { writer in
      for choice in choices {
        writer.object { writer in
          writer.field("argument", choice.argument)
          writer.key("value")
          write(choice.value, to: &writer)
          switch choice.origin {
          case .file(let seen):
            writer.field("from", "file")
            writer.field("seen", seen)
          case .standard:
            writer.field("from", "default")
            writer.field("seen", nil as String?)
          }
        }
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
