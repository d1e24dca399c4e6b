import PthBackbones
import PthCheckpoints
import PthEngines
import PthKeyMapping
import PthReports
import PthTensors

/// The result of running a checkpoint's weights in a backbone.
public struct Verification: Sendable {
  /// The strongest claim that was earned.
  public let verdict: VerifyVerdict
  /// The backbone's outputs, by name.
  public let outputs: StateDict
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Runs a checkpoint's weights in a backbone on seeded noise, and compares the outputs with the network detected in
/// the file, and with the original's outputs if they are given.
///
/// - Parameters:
///   - path: The checkpoint.
///   - request: The backbone to run it in.
///   - key: Dotted path of the state dict in the file; nil chooses the most plausible one.
///   - reference: The original's outputs for the same input, by name.
///   - height: Height of the input in pixels.
///   - width: Width of the input in pixels.
///   - inputSeed: The input is `torch.randn` after `torch.manual_seed(inputSeed)`.
///   - options: How keys are matched.
/// - Throws: `CheckpointError`, `BackboneError`, `KeyMappingError`, `EngineError`.
public func verify(
  _ path: String, in request: BackboneRequest, key: String? = nil, reference: StateDict? = nil,
  height: Int = 224, width: Int = 224, inputSeed: Int = 0,
  options: MappingOptions = MappingOptions()
) throws -> Verification {
  let checkpoint = try Checkpoint.open(path, key: key)
  let mapping = try request.mapping(of: checkpoint, options: options)
  var source = options
  source.fileName = options.fileName ?? checkpoint.fileName
  var settings = VerifyRun.Options()
  settings.expected = reference
  settings.engines = [EngineKind.onednn, .reference].filter(\.isAvailable)
  let input = try VerifyInput(
    path: nil, seed: inputSeed, size: Size2D(height, width), for: mapping.target)
  let run = try VerifyRun(
    checkpoint: checkpoint, mapping: mapping, source: source, input: input, options: settings)
  let (report, outputs) = try run.report()
  return Verification(
    verdict: report.verdict, outputs: outputs,
    text: VerifyText(report, file: path, style: .plain).text,
    json: JSONWriter.text { VerifyJSON(report).write(to: &$0) })
}
