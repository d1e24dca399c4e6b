import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// The report of `prepare`, with its text and JSON.
package struct PreparationReport: Sendable {
  package let finding: PreparationFinding
  package let imageCount: Int
  package let unreadable: [String]
  package let repeatedCount: Int
  package let size: Int

  /// - Parameter named: A preparation to try beside the scales.
  /// - Throws: ``InputProblem`` if no norm that sees the images has recorded statistics, or if the file does not fill
  ///   the layers up to this norm; the errors of reading tensors and of the engine.
  package init(
    _ mapping: KeyMapping, _ weights: StateDict, _ images: WitnessImages, named: Preparation? = nil
  ) throws {
    let engine: EngineKind = EngineKind.onednn.isAvailable ? .onednn : .reference
    let run = try WitnessRun(
      mapping.target, weights, images, engine: engine, threads: EngineKind.processorCount)
    guard let first = run.records.first(where: \.seesInput) else {
      throw InputProblem("the network has no batch norms, so nothing was recorded in training")
    }
    let load = mapping.report
    let unfilled = Set(
      (load.missing.map(\.target) + load.mismatched.map(\.target)).map {
        String($0.dropFirst(load.targetPrefix.count))
      })
    let needed = mapping.target.nodes.prefix(first.node.output.id)
      .flatMap { mapping.target.state[$0.state].map(\.name) }
    if let absent = needed.first(where: unfilled.contains) {
      throw InputProblem("the file does not give \(absent), so what the images were cannot be told")
    }
    guard !first.isUnrecorded else {
      throw InputProblem(
        "\(first.node.name) has recorded nothing (mean 0 and variance 1 throughout), so how the images "
          + "were prepared cannot be told")
    }
    finding = try PreparationFinding(
      run, named: named, asksForOrder: true, resamples: Resamples(imageCount: images.pictures.count)
    )
    imageCount = images.pictures.count
    unreadable = images.unreadable
    repeatedCount = images.repeatedCount
    size = images.size
  }

  /// The preparations left: the certain scale, with one or both orders of colours.
  private var left: [Preparation] {
    guard let scale = finding.scale else { return [] }
    return (finding.isBGR.map { [$0] } ?? [false, true]).map { Preparation(scale, isBGR: $0) }
  }

  // MARK: Text

  package func text(style: TextStyle) -> String {
    var lines: [String] = []
    if let scale = finding.scale {
      lines += style.wrapped("scale: \(scale.text), or near it", .green)
    } else {
      lines += style.wrapped("scale: cannot be told", .yellow)
    }
    if let isBGR = finding.isBGR {
      lines += style.wrapped("colours: \(isBGR ? "BGR" : "RGB")", .green)
      if let colours = finding.trainingColours {
        let text = colours.map { Format.fixed($0, digits: 0) }.joined(separator: ", ")
        lines += style.wrapped(
          "  the means of the network's three inputs in training were \(text) of 255, and photographs "
            + "are redder than blue; of other pictures (under water, infrared) that may be the other way round"
        )
      }
    } else {
      lines += style.wrapped("colours: cannot be told", .yellow)
    }
    lines += style.wrapped("from \(imageCount) images of \(size)×\(size)")
    if finding.scale != nil {
      lines += style.wrapped(
        "the scales below were tried; one whose numbers lie near the best, as CLIP's and many data "
          + "sets' lie near ImageNet's, fits as well")
    }
    lines += WitnessImages.sentence(repeated: repeatedCount).map { style.wrapped($0) } ?? []
    lines += unreadable.flatMap { style.wrapped("cannot be read: \($0)") }
    let titles = ["scale", "", "brightness off by", "contrast", ""]
    let rows = finding.candidates.map { candidate in
      [
        candidate.preparation.scale.text, "", Format.fixed(candidate.shift, digits: 2),
        Format.fixed(candidate.contrast, digits: 2), "",
      ]
    }
    let layout = ColumnLayout(titles: titles, rows: rows, expendable: [], width: style.width)
    lines += ["", style.styled(layout.line(titles), .bold)] + rows.map(layout.line)
    for preparation in left {
      lines += ["", style.styled(preparation.isBGR ? "If BGR" : "If RGB", .bold)]
      lines += settings(preparation).flatMap { ["  \($0.library)"] + $0.lines.map { "    \($0)" } }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Settings

  /// A preparation as the settings of each library.
  private func settings(_ preparation: Preparation) -> [(library: String, lines: [String])] {
    let (mean, std) = (preparation.mean, preparation.std)
    func list(_ values: [Double]) -> String {
      values.map { Format.significant($0, digits: 6) }.joined(separator: ", ")
    }
    let unitMean = mean.map { $0 / 255 }
    let unitStd = std.map { $0 / 255 }
    let swap = preparation.isBGR ? ["# x = x.flip(-3): BGR"] : []
    return [
      (
        "mmdetection",
        [
          "data_preprocessor=dict(type='DetDataPreprocessor',",
          "    mean=[\(list(mean))], std=[\(list(std))],",
          "    bgr_to_rgb=\(preparation.isBGR ? "False" : "True"))",
        ]
      ),
      ("timm", swap + ["dict(mean=(\(list(unitMean))), std=(\(list(unitStd))))"]),
      ("torchvision", swap + ["Normalize([\(list(unitMean))], [\(list(unitStd))])"]),
    ]
  }

  // MARK: JSON

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("scale", finding.scale?.rawValue)
      writer.field("bgr", finding.isBGR)
      writer.objects("candidates", finding.candidates) { writer, candidate in
        writer.field("scale", candidate.preparation.scale.rawValue)
        writer.field("shift", candidate.shift)
        writer.field("contrast", candidate.contrast)
        writer.field("misfit", candidate.misfit)
      }
      writer.objects("preparations", left) { writer, preparation in
        writer.field("name", preparation.name)
        writer.key("mean")
        writer.array { for value in preparation.mean { $0.value(value) } }
        writer.key("std")
        writer.array { for value in preparation.std { $0.value(value) } }
      }
      writer.field("images", imageCount)
      writer.field("unreadable", unreadable)
      writer.field("repeated", repeatedCount)
      writer.field("size", size)
    }
  }
}
