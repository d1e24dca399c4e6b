/// The frame of a report's page: one file that loads nothing else, with light and dark colours, for screens
/// of any width.
struct HTMLPage {
  /// How the verdict is shown: a colour, and a mark for readers who cannot tell the colours apart.
  enum Tone: String {
    case good, warn, bad, plain

    var mark: String {
      switch self {
      case .good: "✓"
      case .warn: "!"
      case .bad: "✗"
      case .plain: "i"
      }
    }
  }

  /// `inspect`, `map`, `verify` or `preflight`.
  let command: String
  /// The file that the report is about.
  let file: String
  let tone: Tone
  /// The verdict in a word; ``sentence`` says what it means for this file.
  let verdict: String
  let sentence: String

  /// - Parameter body: Writes the sections below the verdict.
  func bytes(_ body: (inout HTMLWriter) -> Void) -> [UInt8] {
    var writer = HTMLWriter()
    writer.raw("<!doctype html>\n")
    writer.element("html", ["lang": "en"]) { writer in
      writer.element("head") { head(&$0) }
      writer.element("body") { writer in
        writer.element("header") { writer in
          writer.element("p", ["class": "command"], "pthconv \(command)")
          writer.element("h1", file)
        }
        writer.element("main") { writer in
          writer.element("section", ["class": "verdict \(tone.rawValue)"]) { writer in
            writer.element("span", ["class": "mark", "aria-hidden": "true"], tone.mark)
            writer.element("p") { writer in
              writer.element("strong", verdict)
              writer.text(": \(sentence)")
            }
          }
          body(&writer)
        }
        writer.element("script") { $0.raw(PageScript.text) }
      }
    }
    writer.raw("\n")
    return writer.bytes
  }

  private func head(_ writer: inout HTMLWriter) {
    writer.empty("meta", ["charset": "utf-8"])
    writer.empty(
      "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
    // The page fetches nothing and runs only its own script, whatever text the names in a file contain.
    writer.empty(
      "meta",
      [
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
          + "script-src 'sha256-\(PageScript.sha256)'",
      ])
    writer.element("title", "\(verdict): \(file) - pthconv \(command)")
    writer.element("style") { $0.raw(PageStyle.text) }
  }
}

extension HTMLWriter {
  /// A part of the page with a heading.
  mutating func section(_ title: String, _ body: (inout HTMLWriter) -> Void) {
    element("section") { writer in
      writer.element("h2", title)
      body(&writer)
    }
  }

  /// Sentences as a list under a heading; writes nothing if there are none.
  mutating func list(_ title: String, _ sentences: [String]) {
    guard !sentences.isEmpty else { return }
    section(title) { writer in
      writer.element("ul") { writer in
        for sentence in sentences { writer.element("li", sentence) }
      }
    }
  }

  /// Names with their values; a name whose value is nil or empty is left out.
  mutating func facts(_ facts: KeyValuePairs<String, String?>) {
    element("dl") { writer in
      for (name, value) in facts {
        guard let value, !value.isEmpty else { continue }
        writer.element("div", ["class": value.utf8.count > 60 ? "wide" : nil]) { writer in
          writer.element("dt", name)
          writer.element("dd", value)
        }
      }
    }
  }
}
