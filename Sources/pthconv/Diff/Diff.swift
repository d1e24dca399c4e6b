import ArgumentParser
import OrderedCollections
import PthConvKit
import PthReports

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Tell in what the tensors of two checkpoints differ, whatever their containers.",
    usage: "pthconv diff [<options>] <first> <second>",
    discussion: """
      Exits with 0 if both have the same keys with the same shapes, types and
      values, and with 1 if not, or if a file does not have a tensor's values. The
      order of the keys does not count.

      EXAMPLES
        pthconv diff model.pth model.safetensors
        pthconv diff before.pth after.pth --tolerance 1e-6
        pthconv diff model.pth half.safetensors --ignore-dtype
        pthconv diff detector.pth backbone.pth --rename '^backbone\\.='
        pthconv diff ema.pth model.pth --key state_dict_ema --other-key state_dict
      """)

  @Argument(help: "Checkpoint.", completion: .file())
  var first: String

  @Argument(help: "The checkpoint it is compared with.", completion: .file())
  var second: String

  @Option(help: "Dotted path of the state dict in the checkpoints (default: the likeliest).")
  var key: String?

  @Option(help: "The same for the second checkpoint alone.")
  var otherKey: String?

  @Option(
    help: ArgumentHelp(
      "Largest distance of two elements that does not count; with 0 every bit does.",
      valueName: "number")
  )
  var tolerance = 0.0

  @Flag(
    help: "Let two floating-point types pass if the rounding of the narrower one explains the rest."
  )
  var ignoreDtype = false

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Rename the first file's keys before comparing, as Python's re.sub.",
      valueName: "regex=replacement"))
  var rename: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance takes a number of 0 or more")
    }
    if first == "-", second == "-" {
      throw ValidationError("standard input can be read only once")
    }
  }

  func run() throws {
    try CommandFailure.reporting {
      let one = try Checkpoint.open(first, key: key)
      let other = try Checkpoint.open(second, key: otherKey ?? key)
      let (first, second) = (try renamed(one.stateDict), other.stateDict)
      let progress = Progress("comparing", total: first.byteCount)
      defer { progress.finish() }
      let comparison = try StateDictComparison(
        first, second, tolerance: tolerance, ignoresDType: ignoreDtype
      ) {
        progress.advance(by: $0)
      }
      progress.finish()
      if json {
        Terminal.writeJSON { DiffJSON(comparison, DiffSide(one), DiffSide(other)).write(to: &$0) }
      } else {
        Terminal.write(
          DiffText(
            comparison, first: DiffSide(one), second: DiffSide(other), style: Terminal.style
          ).text)
      }
      if !comparison.isEqual { throw ExitCode.answerIsNo }
    }
  }

  /// - Throws: `KeyMappingError` if a renaming cannot be parsed; `InputProblem` if two tensors get the same name.
  private func renamed(_ state: StateDict) throws -> StateDict {
    guard !rename.isEmpty else { return state }
    var names = Array(state.keys)
    for text in rename { names = try KeyRevision(parsing: text).apply(to: names) }
    var renamed = StateDict()
    for (name, tensor) in zip(names, state.tensors.values) {
      guard renamed[name] == nil else {
        throw InputProblem("\(first): --rename gives two tensors the name \(name)")
      }
      renamed[name] = tensor
    }
    return renamed
  }
}
