import ArgumentParser
import PthBytes
import PthConvKit
import PthReports

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a checkpoint is and what is in it, without executing anything.",
    usage: "pthconv inspect [<options>] <files> ...",
    discussion: """
      Reads PyTorch zip, legacy and tar files, TorchScript archives, sharded sets
      (name the index.json), safetensors, npz, npy and bare pickles. The format is
      told from the content.

      EXAMPLES
        pthconv inspect model.pth
        pthconv inspect --json model.pth | jq '.tensors | length'
        pthconv inspect --key ema --flat checkpoint.pth
        pthconv inspect --filter 'bn.*running_var' --stats model.pth
        pthconv inspect --tensor conv1.weight model.pth
        pthconv inspect --checksum res2net50_26w_6s-19041792.pth
        pthconv inspect --html report.html model.pth
        curl -sL URL | pthconv inspect -
      """)

  @Argument(help: "Checkpoints; - reads standard input.", completion: .file())
  var files: [String]

  @Flag(help: "Print JSON: one object for one file, an array for several.")
  var json = false

  @Option(
    help: "Dotted path of the state dict in the checkpoint (default: the likeliest).",
    completion: Completions.stateDicts)
  var key: String?

  @Option(help: "Only tensors whose name matches this regular expression.")
  var filter: String?

  @Flag(help: "Show the modules as a tree (default), or every tensor on a line.")
  var layout = Layout.tree

  @Option(
    help: ArgumentHelp(
      "Levels of the tree (default: as many as fit the screen; all in a pipe).", valueName: "n"))
  var depth: Int?

  @Option(
    help: ArgumentHelp("Print the values of one tensor.", valueName: "name"),
    completion: Completions.tensors)
  var tensor: String?

  @Flag(help: "Minimum, maximum, mean, standard deviation, NaN and Inf of every tensor.")
  var stats = false

  @Flag(help: "CRC of every entry, SHA-256, and whether a hub-style file name matches it.")
  var checksum = false

  @Option(
    help: "Also write a page with the modules and histograms of their values.",
    completion: .file())
  var html: String?

  enum Layout: String, EnumerableFlag {
    case tree, flat
  }

  func validate() throws {
    if let filter, (try? Regex(filter)) == nil {
      throw ValidationError("'\(filter)' is not a valid regular expression")
    }
    if let depth, depth < 1 { throw ValidationError("--depth takes a number from 1 on") }
    try PageFile.check(html)
    if html != nil, files.count > 1 { throw ValidationError("--html is for a single file") }
    if files.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input can be read only once")
    }
  }

  func run() throws {
    let filter = try filter.map { try Regex($0) }
    var writer = JSONWriter()
    var failed = false
    var last: InspectReport?
    func each(_ writer: inout JSONWriter) {
      for (index, file) in files.enumerated() {
        do {
          let report = try report(on: file, filter: filter)
          last = report
          if let html { try writePage(of: report, to: html) }
          if json {
            InspectJSON(report).write(to: &writer)
          } else {
            if index > 0 { Terminal.write("\n") }
            Terminal.write(try text(of: report))
          }
        } catch {
          failed = true
          if json, files.count > 1 {
            writer.object { writer in
              writer.field("file", file)
              writer.field("error", "\(error)")
            }
          }
          Terminal.report("\(error)")
        }
      }
    }
    if files.count > 1 { writer.array(each) } else { each(&writer) }
    if json, !writer.bytes.isEmpty { Terminal.write(writer.bytes + [UInt8(ascii: "\n")]) }
    withExtendedLifetime(last) { Terminal.leave(failed ? .cannotRead : .success) }
  }

  private func report(on file: String, filter: Regex<AnyRegexOutput>?) throws -> InspectReport {
    let checkpoint = try Checkpoint.open(file, key: key)
    var report = try InspectReport(checkpoint)
    if let filter { report.keep { $0.contains(filter) } }
    if let tensor {
      guard checkpoint.stateDict[tensor] != nil else {
        throw InputProblem("\(file): there is no tensor '\(tensor)'\(hint(tensor, checkpoint))")
      }
      report.keep { $0 == tensor }
      report.printsValues = true
    }
    if stats {
      try Progress.showing("statistics", total: report.tensorBytes) { progress in
        try report.addStatistics { progress.advance(by: $0) }
      }
    }
    if checksum {
      report.checksum = try Progress.showing("SHA-256", total: checkpoint.byteCount) { progress in
        try ChecksumReport(checkpoint) { progress.advance(by: $0) }
      }
    }
    return report
  }

  private func writePage(of report: InspectReport, to path: String) throws {
    var whole = report
    try Progress.showing("histograms", total: report.tensorBytes) { progress in
      try whole.addStatistics(withHistograms: true) { progress.advance(by: $0) }
    }
    try PageFile.write(.inspect, of: report.checkpoint.path, to: path) {
      InspectJSON(whole).write(to: &$0)
    }
  }

  private func text(of report: InspectReport) throws -> String {
    if tensor != nil { return try TensorText.describe(report) }
    return InspectText(
      report, isFlat: stats || layout == .flat, depth: depth, style: Terminal.style
    ).text
  }

  /// Suggests names that end with the given one (or end it), for a missing prefix; else names of similar spelling.
  private func hint(_ name: String, _ checkpoint: Checkpoint) -> String {
    let alike = checkpoint.stateDict.keys.filter { $0.hasSuffix(name) || name.hasSuffix($0) }
    return alike.isEmpty || name.isEmpty
      ? Spelling.hint(for: name, in: checkpoint.stateDict.keys)
      : "; did you mean \(alike.prefix(3).map { "'\($0)'" }.joined(separator: ", "))?"
  }
}
