/// A warning about a loaded checkpoint that matters before training.
package struct LoadWarning: Sendable, Hashable {
  /// The kind of warning, for programs. Codes never change their meaning.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// A part of a stage is not loaded.
    case lowCoverage = "low-coverage"
    /// Everything is loaded, but the target computes something else than the file's network.
    case flavorsComputeDifferently = "flavors-compute-differently"
    /// Names and shapes do not show which arithmetic the weights were trained with.
    case arithmeticUnknown = "arithmetic-unknown"
    /// Frozen parameters are not in the file and stay as they are initialised.
    case frozenButRandom = "frozen-but-random"
    /// Requested arguments contradict the file.
    case contradictsFile = "contradicts-file"
    /// The file contains several backbones.
    case severalCopies = "several-copies"
    /// Missing modules are under prefixes that do not show whether they belong to the network.
    case partsElsewhere = "parts-elsewhere"
    /// The file holds more than one state dict.
    case severalStateDicts = "several-state-dicts"
    /// Tensors of the file's network have no place in the target.
    case unusedInNetwork = "unused-in-network"
    /// No name is known, and more than one order of shapes fits.
    case alignmentAmbiguous = "alignment-ambiguous"
    /// Values are NaN or infinite.
    case notFinite = "not-finite"
    /// Values are beyond the range of the target's type, or so small that they all become 0 in it.
    case outOfRange = "out-of-range"
    /// The file is one shard of several.
    case oneShard = "one-shard"
    /// A running variance has elements of 0 or less.
    case varianceNotPositive = "variance-not-positive"
    /// All elements of a norm's weight are 0.
    case zeroNorm = "zero-norm"
  }

  package let code: Code
  /// One or two clauses: the problem, and what to do.
  package let text: String
  /// The keys of the target that the warning is about; empty if it is about the whole target.
  package let keys: [String]

  package init(_ code: Code, _ text: String, keys: [String] = []) {
    self.code = code
    self.text = text
    self.keys = keys
  }

  /// A warning whose text begins with the first key and the number of other keys; nil without keys.
  init?(_ code: Code, about keys: [String], _ text: String) {
    guard let first = keys.first else { return nil }
    let others = keys.count == 1 ? "" : " and \(keys.count - 1) more"
    self.init(code, "\(first)\(others) \(text)", keys: keys)
  }
}
