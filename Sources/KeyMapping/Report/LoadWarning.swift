/// Something about a loading that a person should know before training.
package struct LoadWarning: Sendable, Hashable {
  /// The kind of warning, for programs. Codes never change their meaning.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// A part of a stage is not loaded.
    case lowCoverage = "low-coverage"
    /// Everything is loaded, and the target computes something else with it.
    case flavorsComputeDifferently = "flavors-compute-differently"
    /// Names and shapes do not tell which arithmetic the weights were trained with.
    case arithmeticUnknown = "arithmetic-unknown"
    /// A stage that training leaves alone has random parameters.
    case frozenButRandom = "frozen-but-random"
    /// The target was asked to be what the file is not.
    case contradictsFile = "contradicts-file"
    /// The backbone is in the file more than once.
    case severalCopies = "several-copies"
    /// The file holds more than one state dict.
    case severalStateDicts = "several-state-dicts"
    /// Tensors of the file's network have no place in the target.
    case unusedInNetwork = "unused-in-network"
    /// The names are gone and more than one order of shapes fits.
    case alignmentAmbiguous = "alignment-ambiguous"
    /// Values are NaN or infinite.
    case notFinite = "not-finite"
    /// Values are beyond what the target's type can hold.
    case outOfRange = "out-of-range"
    /// The file is one shard of several.
    case oneShard = "one-shard"
    /// A running variance is 0 or less.
    case varianceNotPositive = "variance-not-positive"
    /// The weight of a norm is 0 throughout.
    case zeroNorm = "zero-norm"
  }

  package let code: Code
  /// One or two sentences: what is the case, and what to do.
  package let text: String
  /// The keys of the target that it is about; empty if it is about all.
  package let keys: [String]

  package init(_ code: Code, _ text: String, keys: [String] = []) {
    self.code = code
    self.text = text
    self.keys = keys
  }

  /// A sentence about keys, of which the first and the number of the others are named; nil without
  /// keys.
  init?(_ code: Code, about keys: [String], _ text: String) {
    guard let first = keys.first else { return nil }
    let others = keys.count == 1 ? "" : " and \(keys.count - 1) more"
    self.init(code, "\(first)\(others) \(text)", keys: keys)
  }
}
