/// The page of `verify`, made from its JSON.
struct VerifyPage: Decodable {
  struct Stage: Decodable {
    let name: String
    let shape: [Int]
    let mean: Double?
    let std: Double?
    let min: Double?
    let max: Double?
    let maxAbsError: Double?
    let relativeL2: Double?
    let pass: Bool
  }
  struct Norm: Decodable {
    let name: String
    let shift: Double
    let spread: Double
    let recorded: Bool
    let pass: Bool
  }
  struct Comparison: Decodable {
    /// What each batch norm saw; only in the comparison of statistics.
    let norms: [Norm]?
    let notExcluded: [String]?
    let kind: String
    let engine: String
    let stages: [Stage]
    let firstDivergence: String?
    let what: String?
    let explanation: String?
    let pass: Bool
  }
  struct Labels: Decodable {
    struct Guess: Decodable {
      let `class`: Int
      let label: String?
      let probability: Double
    }
    struct Image: Decodable {
      let file: String
      let top: [Guess]
    }
    let hidden: String?
    let what: String?
    let images: [Image]?
  }
  struct Input: Decodable {
    let file: String?
    let seed: Int?
    let shape: [Int]
    let python: [String]
  }
  struct Random: Decodable {
    let keys: Int
    let stages: [String]
  }
  struct Alternative: Decodable {
    let options: String
    let agrees: Bool
    let relativeL2: Double?
  }
  struct Skipped: Decodable {
    let kind: String
    let reason: String
  }

  let backbone: String
  let flavor: String
  let verdict: String
  let reasons: [String]
  let assumptions: [String]
  let input: Input
  let tolerance: Double
  let randomWeights: Random
  let comparisons: [Comparison]
  let labels: Labels?
  let engines: Comparison?
  let alternatives: [Alternative]
  let skipped: [Skipped]
  let stages: [Stage]
  let layers: [Stage]?
  let firstDivergence: String?
  let featureMaps: [FeatureMapImage]?
  let pass: Bool

  func html(file: String) -> [UInt8] {
    HTMLPage(
      command: "verify", file: file, tone: pass ? .good : verdict == "unproven" ? .warn : .bad,
      verdict: verdict, sentence: sentence
    ).bytes { writer in
      writer.facts([
        "target": "\(backbone) (\(flavor))",
        "input": "\(input.file ?? "seed \(input.seed ?? 0)") \(Format.shape(input.shape))",
        "tolerance": "relative L2 up to \(VerifyColumn.figure(tolerance))",
        "random weights": randomWeights.keys == 0
          ? nil
          : "\(randomWeights.keys) keys; "
            + (randomWeights.stages.isEmpty
              ? "no output depends on them"
              : "\(randomWeights.stages.joined(separator: ", ")) depend on them")
          ,
      ])
      writer.list("Why not a better verdict", reasons)
      writer.list("Other readings of the file", alternatives.map(text))
      for comparison in comparisons { write(comparison, title(of: comparison), to: &writer) }
      if comparisons.isEmpty {
        writer.section("Outputs") { table(stages, to: &$0) }
      }
      labels(to: &writer)
      maps(to: &writer)
      writer.list("Not compared", skipped.map { "\($0.kind): \($0.reason)" })
      writer.list("Assumed, since no file can tell", assumptions)
      if let engines, !engines.stages.isEmpty {
        write(engines, "pthconv's own engines against each other", to: &writer)
      }
      if let layers { tree(layers, to: &writer) }
      if !input.python.isEmpty {
        writer.section("The same input in Python") { writer in
          writer.element("pre") { writer in
            for line in input.python {
              writer.text(line)
              writer.raw("\n")
            }
          }
        }
      }
    }
  }

  private var sentence: String {
    switch verdict {
    case "proven": "all outputs agree with the original's"
    case "supported": "the statistics recorded in the file agree"
    case "consistent": "the target does what the file's network does, under the assumptions below"
    case "unproven": reasons.first ?? "nothing about the file was compared"
    default: divergence ?? "what was compared differs"
    }
  }

  private var divergence: String? {
    guard let firstDivergence else { return nil }
    let what = comparisons.first { !$0.pass }?.what.map { " (\($0))" } ?? ""
    return "first divergence at \(firstDivergence)\(what)"
  }

  private func title(of comparison: Comparison) -> String {
    switch comparison.kind {
    case "reference-output": "Against the original's outputs"
    case "source-target": "Against the checkpoint as it was trained"
    case "statistics": "Against what the batch norms recorded in training"
    default: comparison.kind
    }
  }

  private func text(_ alternative: Alternative) -> String {
    let error = alternative.relativeL2.map { " (relative L2 \(VerifyColumn.figure($0)))" } ?? ""
    return "\(alternative.options): \(alternative.agrees ? "agrees" : "differs")\(error)"
  }

  private func write(_ comparison: Comparison, _ title: String, to writer: inout HTMLWriter) {
    writer.section(title) { writer in
      // There are no stages if the outputs have another shape, since those cannot be compared.
      if !comparison.stages.isEmpty { table(comparison.stages, to: &writer) }
      let norms = comparison.norms?.filter(\.recorded) ?? []
      if !norms.isEmpty { curves(norms, to: &writer) }
      if let place = comparison.firstDivergence {
        writer.element("p") { writer in
          writer.state(.foreign)
          writer.text(" first divergence at \(place)\(comparison.what.map { ": \($0)" } ?? "")")
        }
      }
      if let explanation = comparison.explanation { writer.element("p", explanation) }
      if let limits = comparison.notExcluded, !limits.isEmpty {
        writer.element("p", "What the statistics do not exclude:")
        writer.element("ul") { writer in
          for limit in limits { writer.element("li", limit) }
        }
      }
    }
  }

  /// Draws the distance of each batch norm's statistics from its recorded ones, over the depth of the network.
  private func curves(_ norms: [Norm], to writer: inout HTMLWriter) {
    let failing = norms.filter { !$0.pass }
    writer.element(
      "p",
      "\(norms.count - failing.count) of \(norms.count) norms see what they recorded; from the stem on "
        + "the left to the last norm on the right, the shift of the means (whole line) and the spread of "
        + "the variances (broken line), on a scale of powers of ten from 0.001 to 10")
    writer.curves(
      [norms.map(\.shift), norms.map(\.spread)],
      marks: norms.indices.filter { !norms[$0].pass }, powers: -3...1,
      label: "shift and spread of \(norms.count) norms, \(failing.count) of which do not agree")
    if !failing.isEmpty {
      writer.element("p", "without agreement: \(failing.map(\.name).joined(separator: ", "))")
    }
  }

  private func table(_ stages: [Stage], to writer: inout HTMLWriter) {
    let isCompared = stages.contains { $0.relativeL2 != nil }
    let titles =
      ["stage"] + (isCompared ? ["", "relative L2", "", "max error"] : [])
      + ["shape", "mean", "std", "min", "max"]
    writer.element("div", ["class": "scroll"]) { writer in
      writer.element("table") { writer in
        writer.element("tr") { writer in
          for title in titles { writer.element("th", title) }
        }
        for stage in stages {
          writer.element("tr", ["class": stage.pass ? nil : "bad"]) { writer in
            writer.element("td", stage.name)
            if isCompared { error(of: stage, to: &writer) }
            writer.element("td", stage.shape.map(String.init).joined(separator: "×"))
            for value in [stage.mean, stage.std, stage.min, stage.max] {
              writer.element("td", VerifyColumn.figure(value))
            }
          }
        }
      }
    }
  }

  private func error(of stage: Stage, to writer: inout HTMLWriter) {
    writer.element("td") { writer in
      if stage.relativeL2 != nil { writer.state(stage.pass ? .loaded : .foreign) }
    }
    writer.element("td", VerifyColumn.figure(stage.relativeL2))
    writer.element("td") { writer in
      if let error = stage.relativeL2 {
        writer.error(error, tolerance: tolerance, passes: stage.pass)
      }
    }
    writer.element("td", VerifyColumn.figure(stage.maxAbsError))
  }

  private func labels(to writer: inout HTMLWriter) {
    guard let labels else { return }
    writer.section("Labels") { writer in
      if let hidden = labels.hidden { writer.element("p", "not shown: \(hidden)") }
      if let what = labels.what { writer.element("p", what) }
      guard let images = labels.images else { return }
      writer.element("table") { writer in
        for image in images {
          writer.element("tr") { writer in
            writer.element("td", image.file)
            for guess in image.top {
              let percent = Format.fixed(100 * guess.probability, digits: 1)
              writer.element("td", "\(guess.label ?? "class \(guess.class)") \(percent) %")
            }
          }
        }
      }
    }
  }

  private func maps(to writer: inout HTMLWriter) {
    guard let featureMaps, !featureMaps.isEmpty else { return }
    writer.section("Feature maps: mean of the absolute values over the channels") { writer in
      writer.element("div", ["class": "maps"]) { writer in
        for map in featureMaps {
          writer.element("figure") { writer in
            writer.empty(
              "img",
              ["src": map.image, "alt": "\(map.name), \(map.height) by \(map.width) places"])
            writer.element("figcaption", map.name)
          }
        }
      }
    }
  }

  private func tree(_ layers: [Stage], to writer: inout HTMLWriter) {
    // These errors are between pthconv's own engines and say nothing about the file: they are kept from the verdict.
    KeyTree(
      trees: [
        (
          layers.contains { $0.relativeL2 != nil }
            ? "Every node, and how far pthconv's engines are apart there" : "Every node",
          NameTree(layers.map { ($0.name, $0) })
        )
      ],
      opens: { node, depth in
        depth == 0 && node.all.count <= 40 || node.all.contains { !$0.pass }
      },
      moduleNote: { node, writer in
        let nodes = node.all
        let failed = nodes.count { !$0.pass }
        if failed > 0 { writer.state(.foreign, count: failed) }
        let errors = nodes.compactMap(\.relativeL2)
        guard !errors.isEmpty else { return }
        let worst = errors.contains(where: \.isNaN) ? .nan : errors.max() ?? 0
        writer.note("relative L2 at most \(VerifyColumn.figure(worst))")
      },
      leafNote: { node, writer in
        if node.relativeL2 != nil { writer.state(node.pass ? .loaded : .foreign) }
        if let error = node.relativeL2 {
          writer.error(error, tolerance: tolerance, passes: node.pass)
          writer.number(VerifyColumn.figure(error))
        }
        writer.note(
          "\(Format.shape(node.shape)), mean \(VerifyColumn.figure(node.mean)), "
            + "std \(VerifyColumn.figure(node.std))"
            + (node.name == firstDivergence ? "; the first that differs" : ""))
      }
    ).write(to: &writer)
  }
}
