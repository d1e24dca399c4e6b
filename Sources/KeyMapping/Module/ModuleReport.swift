/// What happened to every key of a checkpoint and of a module of which only names, shapes and dtypes are known.
///
/// Every target key is in exactly one of ``loaded``, ``filled``, ``mismatched`` and ``missing``. Every source key is
/// in one of ``loaded``, ``mismatched`` and ``unexpected``; only tied weights have a source in common.
package struct ModuleReport: Sendable, Hashable {
  package let verdict: MappingVerdict
  /// The prefix of the module's keys in the checkpoint; empty or ending in a dot.
  package let sourcePrefix: String
  /// The prefix of the checkpoint's keys in the module.
  package let targetPrefix: String
  package let loaded: [LoadReport.Loaded]
  package let filled: [LoadReport.Filled]
  package let mismatched: [Mismatched]
  package let missing: [Missing]
  package let unexpected: [Unexpected]
  package let coverage: Coverage.Share
  package let warnings: [LoadWarning]

  /// Whether every key of both sides found its counterpart.
  package var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

  /// A target key without source.
  package struct Missing: Sendable, Hashable {
    package let target: String
    package let shape: [Int]
  }

  /// A target key whose source has another shape or no values, or a type that is refused
  /// (``ModuleEntry/accepts(_:)``).
  package struct Mismatched: Sendable, Hashable {
    package let source: String
    package let target: String
    package let sourceShape: [Int]
    package let targetShape: [Int]
    package let hint: String
  }

  /// A source key that the module has no place for.
  package struct Unexpected: Sendable, Hashable {
    package let source: String
    package let shape: [Int]
    package let why: String
    /// Whether the tensor is part of the network that the file was trained with, which computes something else
    /// without it: not a head, neck or counter.
    package let isInNetwork: Bool
  }
}
