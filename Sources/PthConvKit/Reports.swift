import PthCheckpoints
import PthPickle
import PthReports
import PthTensors

/// A report of what a checkpoint is and what it contains.
public struct Inspection: Sendable {
  /// The checkpoint, open.
  public let checkpoint: Checkpoint
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Says what a checkpoint is and what is in it. Nothing in the file is executed.
///
/// - Parameters:
///   - path: The checkpoint; `-` is standard input.
///   - key: Dotted path of the state dict in the file; nil for the likeliest.
/// - Throws: `CheckpointError`.
public func inspect(_ path: String, key: String? = nil) throws -> Inspection {
  let checkpoint = try Checkpoint.open(path, key: key)
  let report = try InspectReport(checkpoint)
  return Inspection(
    checkpoint: checkpoint, text: InspectText(report).text,
    json: JSONWriter.text { InspectJSON(report).write(to: &$0) })
}

/// Whether a file could run code when Python loads it.
public struct Scan: Sendable {
  /// How much the file can be trusted.
  public enum Verdict: String, Sendable {
    /// Everything that a reader would interpret was understood, and does no harm.
    case safe
    /// Something is in it that is neither known to be harmless nor to be harmful.
    case unknown
    /// It runs code, touches the system, or hides what it does.
    case dangerous
  }

  /// How much the file can be trusted.
  public let verdict: Verdict
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Judges whether a file could run code when Python loads it. Nothing in it is executed.
///
/// - Throws: `CheckpointError` if the file is of no format that could hold a pickle or weights.
public func scan(_ path: String) throws -> Scan {
  let audit = try FileScanner.scan(path)
  let outcome = ScanOutcome(audit)
  let verdict: Scan.Verdict =
    switch audit.verdict {
    case .safe: .safe
    case .unknown: .unknown
    case .dangerous: .dangerous
    }
  return Scan(
    verdict: verdict, text: outcome.text() ?? "", json: JSONWriter.text { outcome.write(to: &$0) })
}

/// The differences between two checkpoints.
public struct Difference: Sendable {
  /// Whether both have the same names with the same values, as far as the tolerance goes.
  public let isEqual: Bool
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Says in what two checkpoints differ.
///
/// - Parameters:
///   - first: One checkpoint.
///   - second: The other one.
///   - tolerance: How far values may lie apart and still count as close.
/// - Throws: `CheckpointError`; what reading the tensors throws.
public func diff(_ first: String, _ second: String, tolerance: Double = 0) throws -> Difference {
  let (one, other) = (try Checkpoint.open(first), try Checkpoint.open(second))
  let comparison = try StateDictComparison(one.stateDict, other.stateDict, tolerance: tolerance)
  let sides = (DiffSide(one), DiffSide(other))
  return Difference(
    isEqual: comparison.isEqual,
    text: DiffText(comparison, first: sides.0, second: sides.1).text,
    json: JSONWriter.text { DiffJSON(comparison, sides.0, sides.1).write(to: &$0) })
}

/// Writes the state dict of a checkpoint in the format that the output's ending stands for. The file
/// appears whole or not at all.
///
/// - Parameters:
///   - path: The checkpoint.
///   - output: The file to write.
///   - key: Dotted path of the state dict in the file; nil for the likeliest.
///   - replaces: Whether there may be such a file already.
/// - Throws: `CheckpointError`, ``WriteError``; what reading the tensors throws.
public func convert(
  _ path: String, to output: String, key: String? = nil, replaces: Bool = false
) throws {
  let checkpoint = try Checkpoint.open(path, key: key)
  try checkpoint.stateDict.write(
    to: output, replaces: replaces, inputs: [checkpoint.path] + checkpoint.shards.map(\.path))
}
