import OrderedCollections
import PthConfigs

/// A configuration as text: a line for each value, with the file and line where it is written.
package struct ConfigText {
  private let config: Config
  private let style: TextStyle

  package init(_ config: Config, style: TextStyle = .plain) {
    self.config = config
    self.style = style
  }

  package var text: String {
    var lines: [String] = []
    for (key, entry) in config.values.entries { add(entry.value, key, to: &lines) }
    return lines.map { $0 + "\n" }.joined()
  }

  private func add(_ value: ConfigValue, _ path: String, to lines: inout [String]) {
    if let dictionary = value.dictionary, !dictionary.entries.isEmpty {
      for (key, entry) in dictionary.entries { add(entry.value, "\(path).\(key)", to: &lines) }
    } else if let elements = value.elements, elements.contains(where: \.isDictionary) {
      for (index, element) in elements.enumerated() {
        add(element, "\(path)[\(index)]", to: &lines)
      }
    } else {
      let place = "\(value.location.path):\(value.location.line)"
      lines.append(Format.printable("\(path) = \(PythonText.text(of: value))  # \(place)"))
    }
  }
}

extension ConfigValue {
  fileprivate var isDictionary: Bool { dictionary != nil }
}

/// Values as Python writes them.
package enum PythonText {
  package static func text(of value: ConfigValue) -> String {
    switch value.content {
    case .none: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .int(let number): String(number)
    case .float(let number): text(of: number)
    case .string(let text): quoted(text)
    case .list(let elements): "[\(elements.map(text).joined(separator: ", "))]"
    case .tuple(let elements):
      "(\(elements.map(text).joined(separator: ", "))\(elements.count == 1 ? "," : ""))"
    case .dictionary(let dictionary):
      "dict("
        + dictionary.entries.map { "\($0.key)=\(text(of: $0.value.value))" }
        .joined(separator: ", ") + ")"
    case .opaque(let text): text
    }
  }

  package static func text(of number: Double) -> String {
    if number.isNaN { return "float('nan')" }
    if number.isInfinite { return number < 0 ? "float('-inf')" : "float('inf')" }
    return String(number)
  }

  /// A number with 12 significant digits, so that 0.1 × 3 is `0.3` and not `0.30000000000000004`.
  package static func rounded(_ number: Double) -> String {
    let text = Format.significant(number, digits: 12)
    return text.contains(where: { ".en".contains($0) }) ? text : text + ".0"
  }

  package static func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": result += "\\'"
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }
}
