import PthBytes
import PthCheckpoints
import PthPickle

/// The results of a scan in SARIF 2.1.0, the format of code scanning, for example GitHub's.
///
/// There is one result for each global and each finding that is not safe, and for each file that cannot be read.
package struct ScanSARIF {
  private static let rules: [(id: StaticString, level: String, text: String)] = [
    ("dangerous", "error", "Loading the file runs code, or readers see different things in it."),
    ("unknown", "warning", "The file uses something that is not known to be harmless."),
    ("unreadable", "warning", "The file cannot be read, so nothing is known about it."),
  ]

  /// Writes a whole SARIF log around the results that `body` writes.
  package static func write(
    to writer: inout JSONWriter, version: String, _ body: (inout JSONWriter) -> Void
  ) {
    writer.object { writer in
      writer.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      writer.field("version", "2.1.0")
      writer.key("runs")
      writer.array { writer in
        writer.object { writer in
          writer.key("tool")
          writer.object { writer in
            writer.key("driver")
            writer.object { writer in
              writer.field("name", "pthconv")
              writer.field("version", version)
              writer.key("rules")
              writer.array { writer in for rule in rules { write(rule, to: &writer) } }
            }
          }
          writer.key("results")
          writer.array(body)
        }
      }
    }
  }

  private static func write(
    _ rule: (id: StaticString, level: String, text: String), to writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.field("id", rule.id.description)
      writer.key("shortDescription")
      writer.object { $0.field("text", rule.text) }
      writer.key("defaultConfiguration")
      writer.object { $0.field("level", rule.level) }
    }
  }

  /// Writes the results of one file.
  package static func write(_ outcome: ScanOutcome, to writer: inout JSONWriter) {
    switch outcome.result {
    case .skipped: return
    case .unreadable(let message): write("unreadable", message, outcome.path, to: &writer)
    case .judged(let audit):
      for global in audit.globals where global.verdict != .safe {
        write(
          global.verdict.rawValue, "\(global.global) \(global.reason ?? "")", outcome.path,
          to: &writer)
      }
      for finding in audit.findings where finding.verdict != .safe {
        write(
          finding.verdict.rawValue, "\(finding.part ?? "the file") \(finding.text)", outcome.path,
          to: &writer)
      }
    }
  }

  private static func write(
    _ rule: String, _ text: String, _ path: String, to writer: inout JSONWriter
  ) {
    let level = rules.first { $0.id.description == rule }?.level
    writer.object { writer in
      writer.field("ruleId", rule)
      writer.field("level", level)
      writer.key("message")
      writer.object { $0.field("text", text) }
      writer.key("locations")
      writer.array { writer in
        writer.object { writer in
          writer.key("physicalLocation")
          writer.object { writer in
            writer.key("artifactLocation")
            writer.object { $0.field("uri", uri(path)) }
          }
        }
      }
    }
  }

  /// A path as a relative or absolute URI, with every byte that a URI does not allow percent-encoded.
  private static func uri(_ path: String) -> String {
    let plain = Set(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    var result = path.hasPrefix("/") ? "file://" : ""
    for byte in path.utf8 {
      if plain.contains(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
