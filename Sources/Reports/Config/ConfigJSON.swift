import OrderedCollections
import PthConfigs

/// A configuration as JSON: its files, and all of its values.
package struct ConfigJSON {
  private let config: Config

  package init(_ config: Config) {
    self.config = config
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("config", config.path)
      writer.field("files", config.files)
      writer.key("values")
      Self.write(config.values, to: &writer)
    }
  }

  private static func write(_ dictionary: ConfigDictionary, to writer: inout JSONWriter) {
    writer.object { writer in
      for (key, entry) in dictionary.entries {
        writer.key(key)
        write(entry.value, to: &writer)
      }
    }
  }

  /// A value that could not be evaluated is written as `{"opaque": "the text of its expression"}`.
  private static func write(_ value: ConfigValue, to writer: inout JSONWriter) {
    switch value.content {
    case .none: writer.null()
    case .bool(let flag): writer.value(flag)
    case .int(let number): writer.value(number)
    case .float(let number): writer.value(number)
    case .string(let text): writer.value(text)
    case .list(let elements), .tuple(let elements):
      writer.array { writer in
        for element in elements { write(element, to: &writer) }
      }
    case .dictionary(let dictionary): write(dictionary, to: &writer)
    case .opaque(let text): writer.object { $0.field("opaque", text) }
    }
  }
}
