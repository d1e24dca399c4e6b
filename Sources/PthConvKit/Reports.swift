import PthCheckpoints
import PthPickle
import PthReports
import PthTensors

/// A report of what a checkpoint is and what it contains.
public struct Inspection: Sendable {
  /// The opened checkpoint.
  public let checkpoint: Checkpoint
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Reports what a checkpoint is and what it contains. Nothing in the file is executed.
///
/// - Parameters:
///   - path: The checkpoint; `-` is standard input.
///   - key: Dotted path of the state dict in the file; nil chooses the most plausible one.
/// - Throws: `CheckpointError` if the file cannot be read.
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
    /// Everything that a reader would interpret was understood and is harmless.
    case safe
    /// The file contains something that is not known to be harmless or harmful.
    case unknown
    /// The file runs code, accesses the system, or hides what it does.
    case dangerous
  }

  /// How much the file can be trusted.
  public let verdict: Verdict
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Judges whether a file could run code when Python loads it. Nothing in the file is executed.
///
/// - Throws: `CheckpointError` if the file has no format that could hold a pickle or weights.
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
  /// Whether both have the same names, shapes and dtypes, with equal values within the tolerance.
  public let isEqual: Bool
  /// The report for a person.
  public let text: String
  /// The report for a program; `docs/json.md` describes it.
  public let json: String
}

/// Compares two checkpoints tensor by tensor.
///
/// - Parameters:
///   - first: The first checkpoint.
///   - second: The second checkpoint.
///   - tolerance: The largest distance between elements that still counts as close.
/// - Throws: `CheckpointError`, an error if neither file has tensors, and any error from reading the tensors.
public func diff(_ first: String, _ second: String, tolerance: Double = 0) throws -> Difference {
  let (one, other) = (try Checkpoint.open(first), try Checkpoint.open(second))
  let comparison = try StateDictComparison(one.stateDict, other.stateDict, tolerance: tolerance)
  let sides = (DiffSide(one), DiffSide(other))
  return Difference(
    isEqual: comparison.isEqual,
    text: DiffText(comparison, first: sides.0, second: sides.1).text,
    json: JSONWriter.text { DiffJSON(comparison, sides.0, sides.1).write(to: &$0) })
}

/// Writes a checkpoint's state dict in the format of the output's extension. The file appears whole or not at all.
///
/// - Parameters:
///   - path: The checkpoint to read.
///   - output: The file to write.
///   - key: Dotted path of the state dict in the file; nil chooses the most plausible one.
///   - replaces: Whether an existing file may be replaced.
/// - Throws: `CheckpointError`, ``WriteError``, and any error from reading the tensors.
public func convert(
  _ path: String, to output: String, key: String? = nil, replaces: Bool = false
) throws {
  let checkpoint = try Checkpoint.open(path, key: key)
  try checkpoint.stateDict.write(
    to: output, replaces: replaces, inputs: [checkpoint.path] + checkpoint.shards.map(\.path))
}
