import Backbones

/// What became of every key: of the checkpoint (the source) and of the backbone (the target).
///
/// Every target key is in exactly one of ``loaded``, ``mismatched`` and ``missing``; every source
/// key is in exactly one of ``loaded``, ``mismatched`` and ``unexpected``.
public struct LoadReport: Sendable, Hashable {
  /// Class name of the target.
  public let backbone: String
  /// The implementation whose names and arithmetic the target has.
  public let flavor: Flavor
  /// What stands before the target's keys in this report; empty or ending in a dot.
  public let targetPrefix: String
  public let source: Source
  /// In the target's order, as are ``mismatched`` and ``missing``.
  public let loaded: [Loaded]
  public let mismatched: [Mismatched]
  public let missing: [Missing]
  /// In the order of the file.
  public let unexpected: [Unexpected]
  public let coverage: Coverage
  /// What the file does not tell and had to be assumed.
  public let assumptions: [Detection.Assumption]
  public internal(set) var warnings: [LoadWarning]

  /// Whether every key of both sides found its counterpart.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

  /// What was found in the checkpoint.
  public struct Source: Sendable, Hashable {
    /// What stood before the backbone's keys; empty or ending in a dot.
    public let prefix: String
    /// Number of tensors.
    public let keyCount: Int
    /// The backbone recognised under that prefix; nil if it is none that is known.
    public let detection: Detection?
    /// What the target was asked to be and the checkpoint is not, a sentence each.
    public let contradictions: [String]
  }

  /// How a source key was found to mean a target key: the most daring step that it took.
  public enum How: String, Sendable, Hashable, CaseIterable {
    /// The same name.
    case exact
    /// The same name after the user's revisions.
    case revised
    /// The same name behind a prefix.
    case prefix
    /// Another implementation's name for the same parameter.
    case rule
    /// The same place in the order of shapes; the names do not tell.
    case alignment
    /// No source: a batch norm's counter that the file's version does not have starts at 0.
    case filled
  }

  /// A target key that has its values.
  public struct Loaded: Sendable, Hashable {
    /// The key as the file has it; nil if ``how`` is ``How/filled``.
    public let source: String?
    public let target: String
    public let how: How
    /// What was done to the name, or which order of shapes fits; nil if nothing was done.
    public let rule: String?
    /// The file's element type, if it is converted to the target's.
    public let convertedFrom: String?
  }

  /// A target key without source.
  public struct Missing: Sendable, Hashable {
    public let target: String
    public let shape: [Int]
    public let stage: Stage
    /// What it is initialised with: `kaiming normal, fan_out, relu`.
    public let initializer: String
  }

  /// A source key that the target has no use for.
  public struct Unexpected: Sendable, Hashable {
    public let source: String
    public let shape: [Int]
    /// Why, in a few words.
    public let why: String
  }

  /// A target key whose source has another shape, or a type that cannot be converted. It is
  /// initialised like a missing one.
  public struct Mismatched: Sendable, Hashable {
    public let source: String
    public let target: String
    public let sourceShape: [Int]
    public let targetShape: [Int]
    public let stage: Stage
    /// What may be behind it.
    public let hint: String
    public let initializer: String
  }
}
