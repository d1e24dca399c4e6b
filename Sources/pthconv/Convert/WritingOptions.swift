import ArgumentParser
import PthConvKit
import PthReports

/// The options for outputs, shared by `convert`, `map` and `init`.
struct WritingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Format of the output (default: by its ending): \(Self.formatNames).", valueName: "format"),
    completion: .list(OutputFormat.all.map(\.name) + ["onnx"]))
  var to: String?

  @Flag(help: "The container of PyTorch before 1.6; the same as --to torch-legacy.")
  var legacy = false

  @Flag(help: "Replace an output that is there.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Type of all floating-point tensors: float32, float16 (fp16, half) or bfloat16 (bf16).",
      valueName: "dtype"), completion: .list(["float32", "float16", "bfloat16"]))
  var dtype: OutputDType?

  @Flag(help: "Cast the running statistics of batch norms, too.")
  var castStatistics = false

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Write only keys that match; may be repeated.", valueName: "regex"))
  var keep: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Leave out keys that match; may be repeated.", valueName: "regex"))
  var drop: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Rename the keys that are written, as Python's re.sub.", valueName: "regex=replacement"))
  var rename: [String] = []

  @Option(
    help: ArgumentHelp(
      "Write several files of at most this size, and an index: 5GB, 500MB.", valueName: "size"))
  var shardSize: String?

  @Flag(help: "Keep tensors as views of their whole storages (torch formats).")
  var keepViews = false

  @Flag(help: "Write {'meta': …, 'state_dict': …} (torch formats).")
  var wrap = false

  @Flag(help: "ONNX: make batch norms part of the convolutions before them.")
  var fold = false

  private static let formatNames =
    (OutputFormat.all.map(\.name) + ["onnx"]).joined(separator: ", ")

  func validate() throws {
    if let shardSize { _ = try Self.byteCount(shardSize) }
    if legacy, let to, to != OutputFormat.torchLegacy.name {
      throw ValidationError("--legacy and --to \(to) contradict each other")
    }
  }

  /// The format of `--legacy` or `--to`, or else of the ending of `path`.
  ///
  /// - Throws: `ValidationError` if `--to` or the ending names no format.
  func format(for path: String) throws -> OutputFormat {
    if legacy { return .torchLegacy }
    if let to {
      if let format = OutputFormat.named(to) { return format }
      throw ValidationError("--to takes one of \(Self.formatNames), not '\(to)'")
    }
    if let format = OutputFormat.forFile(path) { return format }
    let endings = (OutputFormat.all.flatMap(\.extensions) + ["onnx"]).map { "." + $0 }
    throw ValidationError(
      "\(path): the ending names no format (\(endings.joined(separator: ", "))); say it with --to")
  }

  /// Writes contents by the options, with a progress bar.
  ///
  /// - Parameters:
  ///   - input: The file that the contents come from; nil if they come from none.
  ///   - keepsMetadata: Whether the file's metadata are written too; nil for commands without the option.
  /// - Throws: `WriteError`, `KeyMappingError`, `ValidationError`; `InputProblem` if no tensor is left; the error of
  ///   reading a tensor.
  func write(
    _ contents: OutputContents, to path: String, input: Checkpoint?, keepsMetadata: Bool? = nil
  ) throws -> WrittenOutput {
    var selection = OutputSelection()
    selection.keep = try keep.map { try KeyPattern($0) }
    selection.drop = try drop.map { try KeyPattern($0) }
    selection.renames = try rename.map { try KeyRevision(parsing: $0) }
    selection.dtype = dtype?.dtype
    selection.castsStatistics = castStatistics
    var selected = try selection.apply(to: contents)
    guard !selected.entries.isEmpty else {
      throw InputProblem("\(path): nothing is left to be written; see --keep and --drop")
    }
    var options = OutputOptions()
    options.keepsViews = keepViews
    options.wrapsStateDict = wrap
    let format = try format(for: path)
    let metadata = MetadataChoice(
      input, format, isSharded: shardSize != nil, keepsMetadata: keepsMetadata)
    metadata.apply(to: &selected, &options)
    options.shardSize = try shardSize.map(Self.byteCount)
    options.replaces = force
    options.inputs = inputPaths(input)
    let writer = try OutputWriter(selected, as: format, to: path, options: options)
    let progress = Progress("writing", total: writer.byteCount)
    defer { progress.finish() }
    let summary = try writer.write { progress.advance(by: $0) }
    return WrittenOutput(
      format: format.name, tensorCount: selected.entries.count, summary: summary,
      inputByteCount: inputSize(input), leftOut: metadata.leftOut)
  }

  /// The input files, which the output must not overwrite.
  func inputPaths(_ input: Checkpoint?) -> [String] {
    input.map { [$0.path] + $0.shards.map(\.path) } ?? []
  }

  func inputSize(_ input: Checkpoint?) -> Int? {
    input.map { $0.byteCount + $0.shards.reduce(0) { $0 + $1.byteCount } }
  }

  /// The bytes of `5GB` or `500MB`, with units of powers of 1000 as in Hugging Face's libraries. A number without a
  /// unit is refused, since nobody wants shards of five bytes.
  private static func byteCount(_ text: String) throws -> Int {
    let units = ["B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000]
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number > 0,
      let unit = units[text.dropFirst(digits.count).uppercased()],
      case let (size, false) = number.multipliedReportingOverflow(by: unit)
    else { throw ValidationError("--shard-size takes a size such as 5GB, not '\(text)'") }
    return size
  }
}
