/// The page of `preflight`, made from its JSON.
struct PreflightPage: Decodable {
  struct Finding: Decodable {
    let kind: String
    let severity: String
    let `in`: String?
    let line: Int?
    let what: String
    let why: String
    let instead: String?
  }
  struct Backbone: Decodable {
    let path: String
    let type: String
    let channels: [Int]?
    let coverage: Double?
  }
  struct Stage: Decodable {
    let stage: String
    let loaded: Int
    let keys: Int
  }
  struct Checkpoint: Decodable {
    let entry: String
    let written: String
    let backbone: String?
    let file: String?
    let state: String
    let stages: [Stage]
    let map: String?
  }
  struct Images: Decodable {
    struct Prepare: Decodable {
      struct Candidate: Decodable {
        let scale: String
        let shift: Double
        let contrast: Double
      }
      let scale: String?
      let bgr: Bool?
      let candidates: [Candidate]
    }
    let file: String
    let backbone: String
    let agrees: Bool?
    let reason: String?
    let count: Int
    let size: Int
    let prepare: Prepare?
  }

  let files: [String]
  let errors: Int
  let warnings: Int
  let notes: Int
  let findings: [Finding]
  let backbones: [Backbone]
  let checkpoints: [Checkpoint]
  /// Nil in reports of earlier versions.
  let images: [Images]?
  let complete: Bool?
  let lookedAt: [String]?
  let notLookedAt: [String]?

  func html(file: String) -> [UInt8] {
    HTMLPage(
      command: "preflight", file: file, tone: errors > 0 ? .bad : warnings > 0 ? .warn : .good,
      verdict: errors > 0 ? "errors found" : "no error", sentence: sentence
    ).bytes { writer in
      for finding in findings { write(finding, to: &writer) }
      for backbone in backbones { write(backbone, to: &writer) }
      writer.list("Looked at", lookedAt ?? [])
      writer.list("Not looked at", notLookedAt ?? [])
      writer.list("Read", files)
    }
  }

  private var sentence: String {
    let counts = [(errors, "error"), (warnings, "warning"), (notes, "note")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    let verdict =
      files.isEmpty
      ? "the file does not fit the name" : "the run would not do what its configuration says"
    return errors > 0
      ? "\(verdict); \(counts)"
      : "none was found in what was looked at"
        + (complete == false ? ", and some checks had no result" : "")
        + (counts.isEmpty ? "" : "; \(counts)")
  }

  private func write(_ finding: Finding, to writer: inout HTMLWriter) {
    let tones: [String: HTMLPage.Tone] = ["error": .bad, "warning": .warn]
    let tone = tones[finding.severity] ?? .plain
    writer.element("section", ["class": "verdict \(tone.rawValue)"]) { writer in
      writer.element("span", ["class": "mark", "aria-hidden": "true"], tone.mark)
      writer.element("div") { writer in
        writer.element("p") { writer in
          writer.element("strong", finding.severity)
          writer.text(": \(finding.what)")
        }
        if !finding.why.isEmpty { writer.element("p", ["class": "note"], finding.why) }
        if let line = finding.line, let path = finding.in {
          writer.element("p", ["class": "number"], "\(path):\(line)")
        }
        if let instead = finding.instead { writer.element("pre", instead) }
      }
    }
  }

  private func write(_ backbone: Backbone, to writer: inout HTMLWriter) {
    writer.section(backbone.path) { writer in
      writer.facts([
        "type": backbone.type,
        "returns": backbone.channels.map { $0.map(String.init).joined(separator: ", ") },
        "starts from files": backbone.coverage.map(Format.percent),
      ])
      for item in images ?? [] where item.backbone == backbone.path { write(item, to: &writer) }
      for item in checkpoints where item.backbone == backbone.path {
        writer.facts([
          "entry": item.entry, "checkpoint": item.written, "state": item.state, "file": item.file,
          "map": item.map,
        ])
        guard !item.stages.isEmpty else { continue }
        writer.element("div", ["class": "scroll"]) { writer in
          writer.element("table") { writer in
            writer.element("tr") { writer in
              for name in ["stage", "keys that arrive", "of"] { writer.element("th", name) }
            }
            for stage in item.stages {
              writer.element("tr", ["class": stage.loaded < stage.keys ? "bad" : nil]) { writer in
                writer.element("td", stage.stage)
                writer.element("td", "\(stage.loaded)")
                writer.element("td", "\(stage.keys)")
              }
            }
          }
        }
      }
    }
  }

  private func write(_ item: Images, to writer: inout HTMLWriter) {
    let known = Preparation.Scale.allCases
    func name(_ scale: String) -> String { known.first { $0.rawValue == scale }?.text ?? scale }
    writer.facts([
      "images": "\(item.count) of \(item.size)×\(item.size)",
      "\(item.file) was trained with": item.prepare?.scale.map(name) ?? "cannot be told",
      "order of colours": item.prepare?.bgr.map { $0 ? "BGR" : "RGB" } ?? "cannot be told",
      files.isEmpty ? "the name" : "the run": item.agrees.map {
        $0 ? "agrees" : "differs"
      } ?? "cannot be told",
      "because": item.reason,
    ])
    guard let candidates = item.prepare?.candidates, !candidates.isEmpty else { return }
    writer.element("div", ["class": "scroll"]) { writer in
      writer.element("table") { writer in
        writer.element("tr") { writer in
          for name in ["scale", "brightness off by", "contrast"] { writer.element("th", name) }
        }
        for candidate in candidates {
          writer.element("tr") { writer in
            writer.element("td", name(candidate.scale))
            writer.element("td", Format.fixed(candidate.shift, digits: 2))
            writer.element("td", Format.fixed(candidate.contrast, digits: 2))
          }
        }
      }
    }
  }
}
