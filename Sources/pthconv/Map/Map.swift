import ArgumentParser
import PthBytes
import PthConvKit
import PthReports

struct Map: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Tell which parameters of a backbone a checkpoint fills, and which it does not.",
    discussion: """
      Keys are matched by name, by the prefix behind which most match, by other
      implementations' names, and for files whose names are gone by the order of
      shapes. What is left out of the backbone's arguments is detected from the
      file. Without FILE: the backbone's parameters.

      EXAMPLES
        pthconv map res2net50_26w_6s-19041792.pth --backbone Res2Net
        pthconv map detector.pth --backbone Res2Net --flavor mmdet --frozen-stages 1
        pthconv map model.pth --backbone resnet50 --strict && python train.py
        pthconv map old.pth --backbone ResNet --revise-key '^encoder\\.='
        pthconv map file.pth --backbone Res2Net --output complete.safetensors
        pthconv map detector.pth --target backbone.pth --html report.html
        pthconv map file.pth --config faster_rcnn_res2net.py
        pthconv map --backbone res2net101_v1b_26w_4s
      """)

  @Argument(help: "Checkpoint; - reads standard input.", completion: .file())
  var file: String?

  @OptionGroup var target: BackboneOptions

  @Option(
    name: .customLong("target"),
    help: "In place of a backbone: a checkpoint whose keys and shapes are to be filled.",
    completion: .file())
  var other: String?

  @OptionGroup var mapping: MappingArguments

  @Flag(help: "Exit with 1 if any key is missing, unexpected or mismatched.")
  var strict = false

  @Flag(
    help: """
      The same, but the file may hold what is no part of the network: a classifier, counters, a \
      neck, heads. Also --strict=weights.
      """)
  var strictWeights = false

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if less than this share of the keys is loaded, such as 0.95.", valueName: "share"
    ))
  var minCoverage: Double?

  @Option(
    name: [.long, .customShort("o")],
    help: "Write the completed state dict; the ending names the format.", completion: .file())
  var output: String?

  @OptionGroup var writing: WritingOptions

  @Option(help: "Also write a page with what became of every key.", completion: .file())
  var html: String?

  @Flag(help: "Show all that did not fit, however long the report gets.")
  var verbose = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let minCoverage, !(0...1).contains(minCoverage) {
      throw ValidationError("--min-coverage takes a share from 0 to 1")
    }
    if file == nil, output != nil {
      throw ValidationError("--output needs a file to load; 'pthconv init' writes a fresh one")
    }
    try PageFile.check(html)
    if file == nil, html != nil { throw ValidationError("--html needs a file to map") }
    if other == nil { try target.requireBackbone() } else { try checkOther() }
    try writing.check(output, prefix: mapping.toPrefix, hasBackbone: true)
  }

  func run() throws {
    try CommandFailure.reporting {
      guard let file else {
        let graph = try target.request().graph(detection: nil)
        return Terminal.write(
          json ? GraphText.json(graph) : GraphText.table(graph, style: Terminal.style))
      }
      if let other { try map(file, onto: other) } else { try map(file) }
    }
  }

  /// The most elements that a report checks for NaN and the like: enough for all norms of any network.
  static let quickLook = 1_000_000

  private func map(_ file: String) throws {
    // Building the registry's tables of names takes as long as reading a file's directory.
    let (opened, _) = concurrently {
      Result { try Checkpoint.open(file, key: self.mapping.key) }
    } _: {
      BackboneRegistry.standard.definitions.count
    }
    let checkpoint = try opened.get()
    let (mapped, survey) = concurrently {
      Result { try self.mapping.mapping(of: checkpoint, to: target) }
    } _: {
      ValueSurvey(of: checkpoint.stateDict, elementLimit: Self.quickLook)
    }
    let (mapping, sourceFlavor) = try mapped.get()
    try finish(mapping, of: checkpoint, sourceFlavor, survey)
  }

  /// Prints the report of a mapping onto a backbone, writes the requested files and ends the program.
  ///
  /// - Parameter survey: The facts about the checkpoint's values that are known already.
  func finish(
    _ mapping: KeyMapping, of checkpoint: Checkpoint, _ sourceFlavor: Flavor?,
    _ survey: ValueSurvey = ValueSurvey()
  ) throws {
    let file = checkpoint.path
    let report = mapping.report
    let refusals = refusals(
      missing: report.missing.count, mismatched: report.mismatched.count,
      unexpected: strict ? report.unexpected.count : report.unusedInNetwork.count,
      report.coverage.total)
    let output = refusals.isEmpty && report.verdict != .nothing ? self.output : nil
    let backbone = try output.map { _ in
      try LoadedBackbone(
        mapping, from: checkpoint.stateDict, seed: self.mapping.initSeed)
    }
    let (written, warnings) = try write(
      backbone, to: output, as: mapping, from: checkpoint, survey)
    let reportJSON = MapJSON(report, mapping.target, warnings, sourceFlavor: sourceFlavor)
    if let html { try PageFile.write(.map, of: file, to: html) { reportJSON.write(to: &$0) } }
    if json {
      Terminal.writeJSON { reportJSON.write(to: &$0) }
    } else {
      Terminal.write(
        MapText(
          report, mapping.target, warnings, file: file,
          advice: try advice(for: mapping, warnings, checkpoint), isVerbose: verbose,
          style: Terminal.style
        ).text)
    }
    if let written = try written?.get(), !json { Terminal.write("\n" + written.text) }
    let unwritten = self.output.flatMap { output == nil ? $0 : nil }
    for refusal in refusals { Terminal.report(refusal) }
    if let unwritten { Terminal.report("\(unwritten) is not written") }
    withExtendedLifetime((checkpoint, mapping, backbone)) {
      Terminal.leave(refusals.isEmpty && unwritten == nil ? .success : .answerIsNo)
    }
  }

  /// Sentences about requirements (`--strict`, `--strict-weights`, `--min-coverage`) that the mapping does not meet.
  ///
  /// - Parameter unexpected: The number of unexpected keys that `--strict` or `--strict-weights` counts.
  func refusals(missing: Int, mismatched: Int, unexpected: Int, _ coverage: Coverage.Share)
    -> [String]
  {
    var sentences: [String] = []
    if strict || strictWeights {
      let counts = [
        (missing, "missing"), (mismatched, "mismatched"), (unexpected, "unexpected"),
      ]
      let parts = counts.filter { $0.0 > 0 }.map { count, what in
        "\(Format.grouped(count)) \(what) key\(count == 1 ? "" : "s")"
      }
      if !parts.isEmpty { sentences.append("not strict: \(parts.joined(separator: ", "))") }
    }
    if let minCoverage, coverage.ofKeys < minCoverage {
      sentences.append(
        "\(Format.grouped(coverage.loadedKeys)) of \(Format.grouped(coverage.keys)) keys are "
          + "loaded, a share of \(Format.significant(coverage.ofKeys, digits: 3)); "
          + "--min-coverage asks for \(Format.significant(minCoverage, digits: 3))")
    }
    return sentences
  }

  /// Advice about a mapping. The mapping of each suggested `map` command was tried.
  private func advice(
    for mapping: KeyMapping, _ warnings: [LoadWarning], _ checkpoint: Checkpoint
  ) throws -> [MapText.Advice] {
    guard let file, other == nil else { return [] }
    let alternative = try target.request().betterAlternative(
      to: mapping, of: checkpoint, key: self.mapping.key,
      options: self.mapping.options(for: checkpoint))
    return MapAdvice(
      file: file, mapping: mapping, warnings: warnings, alternative: alternative,
      options: self.mapping.repeatedOptions
    ).advice
  }

  /// Replaces `--strict=weights` by the flag `--strict-weights`.
  static func spellingOutStrictness(_ arguments: [String]) -> [String] {
    guard arguments.first == configuration.commandName else { return arguments }
    return arguments.map { $0 == "--strict=weights" ? "--strict-weights" : $0 }
  }

  /// Writes the completed state dict, if requested, and collects the warnings.
  ///
  /// When weights are written they are all read, so every value is checked while the disk is busy. A report alone
  /// has to be quick and checks only ``quickLook`` elements.
  private func write(
    _ backbone: LoadedBackbone?, to output: String?, as mapping: KeyMapping,
    from checkpoint: Checkpoint, _ survey: ValueSurvey
  )
    throws -> (written: Result<WrittenOutput, any Error>?, warnings: [LoadWarning])
  {
    let report = mapping.report
    guard let output, let backbone else {
      let warnings = try mapping.valueWarnings(
        in: checkpoint.stateDict, elementLimit: Self.quickLook, survey: survey)
      return (nil, report.warnings + warnings)
    }
    let (written, warnings) = concurrently(
      {
        Result {
          try writing.write(backbone, to: output, input: checkpoint)
        }
      }, { Result { try backbone.valueWarnings() } })
    return (written, try report.warnings + warnings.get())
  }
}
